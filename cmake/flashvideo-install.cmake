# SPDX-License-Identifier: MIT
# Headers, package files and the source of component Compiled; nothing is compiled, so one installation serves every
# architecture.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(flashvideo_package_dir ${CMAKE_INSTALL_DATADIR}/cmake/flashvideo)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/flashvideo DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.hpp" PATTERN "*.cuh")
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/licenses/flashvideo)
install(TARGETS flashvideo EXPORT flashvideo-targets)
install(EXPORT flashvideo-targets NAMESPACE flashvideo:: DESTINATION ${flashvideo_package_dir})

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/flashvideo-config.cmake.in
                              ${PROJECT_BINARY_DIR}/flashvideo-config.cmake INSTALL_DESTINATION ${flashvideo_package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/flashvideo-config-version.cmake COMPATIBILITY SameMinorVersion
                                 ARCH_INDEPENDENT)
install(FILES ${PROJECT_BINARY_DIR}/flashvideo-config.cmake ${PROJECT_BINARY_DIR}/flashvideo-config-version.cmake
              ${PROJECT_SOURCE_DIR}/cmake/flashvideo-components.cmake ${PROJECT_SOURCE_DIR}/cmake/compiled.cpp
        DESTINATION ${flashvideo_package_dir})
