# SPDX-License-Identifier: MIT
# What flashvideo depends on: the core's packages and the optional components. The build tree and the installed package
# include this same file, so that a component means the same thing in both.

set(FLASHVIDEO_KNOWN_COMPONENTS Compiled Blas Thrust Cuda Video SentencePiece)
set(FLASHVIDEO_COMPILED_SOURCE ${CMAKE_CURRENT_LIST_DIR}/compiled.cpp)

# Eigen, fmt and threads: all that the core needs. Sets flashvideo_core_MISSING, "" if all are there. What the project
# already has as a target (add_subdirectory, FetchContent) is taken. Eigen's package takes a version that is asked for as the
# only major one, so the lower bound is ours and there is no upper one.
macro(flashvideo_find_core_dependencies)
  set(flashvideo_core_MISSING "")
  if(NOT TARGET Eigen3::Eigen)
    find_package(Eigen3 QUIET NO_MODULE)
    if(NOT TARGET Eigen3::Eigen)
      set(flashvideo_core_MISSING "Eigen 3.3 or newer (Debian: libeigen3-dev)")
    elseif(Eigen3_VERSION VERSION_LESS 3.3)
      set(flashvideo_core_MISSING "Eigen 3.3 or newer, and ${Eigen3_DIR} is ${Eigen3_VERSION}")
    endif()
  endif()
  if(NOT TARGET fmt::fmt)
    find_package(fmt QUIET)
    if(NOT TARGET fmt::fmt)
      set(flashvideo_core_MISSING "fmt (Debian: libfmt-dev)")
    endif()
  endif()
  find_package(Threads QUIET)
  if(NOT TARGET Threads::Threads)
    set(flashvideo_core_MISSING "threads")
  endif()
endmacro()

# flashvideo_add_component(<name> [REQUIRED]): defines flashvideo::<name in lower case> if its packages are there.
# Without REQUIRED a missing package leaves the target undefined and sets flashvideo_<name>_NOT_FOUND_MESSAGE.
macro(flashvideo_add_component component)
  string(TOLOWER ${component} flashvideo_component_target)
  if(NOT "${component}" IN_LIST FLASHVIDEO_KNOWN_COMPONENTS)
    message(FATAL_ERROR "flashvideo: unknown component '${component}'; the components are ${FLASHVIDEO_KNOWN_COMPONENTS}")
  elseif(NOT TARGET flashvideo::${flashvideo_component_target})
    cmake_language(CALL flashvideo_find_${flashvideo_component_target})
    if(flashvideo_${component}_MISSING)
      set(flashvideo_${component}_FOUND FALSE)
      set(flashvideo_${component}_NOT_FOUND_MESSAGE "component ${component} needs ${flashvideo_${component}_MISSING}")
      if("${ARGN}" STREQUAL "REQUIRED")
        message(FATAL_ERROR "flashvideo: ${flashvideo_${component}_NOT_FOUND_MESSAGE}")
      endif()
    else()
      set(flashvideo_${component}_FOUND TRUE)
      add_library(flashvideo_${flashvideo_component_target} INTERFACE)
      add_library(flashvideo::${flashvideo_component_target} ALIAS flashvideo_${flashvideo_component_target})
      target_link_libraries(flashvideo_${flashvideo_component_target}
                            INTERFACE flashvideo::flashvideo ${flashvideo_${component}_LIBRARIES})
      target_include_directories(flashvideo_${flashvideo_component_target} SYSTEM
                                 INTERFACE ${flashvideo_${component}_INCLUDE_DIRS})
      target_compile_definitions(flashvideo_${flashvideo_component_target}
                                 INTERFACE ${flashvideo_${component}_DEFINITIONS})
    endif()
  else()
    set(flashvideo_${component}_FOUND TRUE)
  endif()
endmacro()

# Each finder sets flashvideo_<name>_LIBRARIES, _INCLUDE_DIRS, _DEFINITIONS, or _MISSING (a sentence's end).

# The generator of the named policies, compiled once in the project that asks for it, with that project's options.
macro(flashvideo_find_compiled)
  add_library(flashvideo_compiled_unit STATIC EXCLUDE_FROM_ALL ${FLASHVIDEO_COMPILED_SOURCE})
  target_link_libraries(flashvideo_compiled_unit PUBLIC flashvideo::flashvideo)
  set_target_properties(flashvideo_compiled_unit PROPERTIES POSITION_INDEPENDENT_CODE ON)
  set(flashvideo_Compiled_MISSING "")
  set(flashvideo_Compiled_LIBRARIES flashvideo_compiled_unit)
  set(flashvideo_Compiled_DEFINITIONS FLASHVIDEO_COMPILED)
endmacro()

# Any CBLAS; OpenBLAS first.
macro(flashvideo_find_blas)
  find_path(FLASHVIDEO_CBLAS_INCLUDE_DIR cblas.h PATH_SUFFIXES openblas-pthread openblas)
  find_library(FLASHVIDEO_CBLAS_LIBRARY NAMES openblas cblas PATH_SUFFIXES openblas-pthread)
  mark_as_advanced(FLASHVIDEO_CBLAS_INCLUDE_DIR FLASHVIDEO_CBLAS_LIBRARY)
  set(flashvideo_Blas_MISSING "")
  if(NOT FLASHVIDEO_CBLAS_INCLUDE_DIR OR NOT FLASHVIDEO_CBLAS_LIBRARY)
    set(flashvideo_Blas_MISSING "cblas.h and a CBLAS library (Debian: libopenblas-dev)")
  endif()
  set(flashvideo_Blas_INCLUDE_DIRS ${FLASHVIDEO_CBLAS_INCLUDE_DIR})
  set(flashvideo_Blas_LIBRARIES ${FLASHVIDEO_CBLAS_LIBRARY})
endmacro()

# Thrust's headers, the CUDA Toolkit's (CCCL) before the system's, for the host systems CPP and OMP. Host files see OMP
# as Thrust's device system, so that no CUDA header is needed; OpenMP's flag is on this target alone.
macro(flashvideo_find_thrust)
  find_path(FLASHVIDEO_THRUST_INCLUDE_DIR thrust/version.h
            HINTS ENV CUDA_HOME ENV CUDA_PATH ${CUDAToolkit_ROOT} /usr/local/cuda
            PATH_SUFFIXES include/cccl targets/x86_64-linux/include/cccl include)
  mark_as_advanced(FLASHVIDEO_THRUST_INCLUDE_DIR)
  find_package(OpenMP QUIET COMPONENTS CXX)
  set(flashvideo_Thrust_MISSING "")
  if(NOT FLASHVIDEO_THRUST_INCLUDE_DIR)
    set(flashvideo_Thrust_MISSING "thrust/version.h (the CUDA Toolkit, or Debian: libthrust-dev)")
  elseif(NOT TARGET OpenMP::OpenMP_CXX)
    set(flashvideo_Thrust_MISSING "OpenMP for ${CMAKE_CXX_COMPILER_ID}")
  endif()
  set(flashvideo_Thrust_INCLUDE_DIRS ${FLASHVIDEO_THRUST_INCLUDE_DIR})
  set(flashvideo_Thrust_LIBRARIES OpenMP::OpenMP_CXX)
  set(flashvideo_Thrust_DEFINITIONS $<$<COMPILE_LANGUAGE:CXX>:THRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_OMP>)
endmacro()

# The CUDA runtime and cuBLAS; the project enables the language CUDA itself.
macro(flashvideo_find_cuda)
  find_package(CUDAToolkit QUIET)
  set(flashvideo_Cuda_MISSING "")
  if(NOT TARGET CUDA::cudart OR NOT TARGET CUDA::cublas)
    set(flashvideo_Cuda_MISSING "the CUDA Toolkit with cuBLAS")
  endif()
  set(flashvideo_Cuda_LIBRARIES CUDA::cudart CUDA::cublas)
endmacro()

# FFmpeg's libraries.
macro(flashvideo_find_video)
  find_package(PkgConfig QUIET)
  if(PkgConfig_FOUND)
    pkg_check_modules(FLASHVIDEO_FFMPEG QUIET IMPORTED_TARGET libavformat libavcodec libavutil libswscale zlib)
  endif()
  set(flashvideo_Video_MISSING "")
  if(NOT TARGET PkgConfig::FLASHVIDEO_FFMPEG)
    set(flashvideo_Video_MISSING "pkg-config, zlib and libavformat, libavcodec, libavutil, libswscale (FFmpeg)")
  endif()
  set(flashvideo_Video_LIBRARIES PkgConfig::FLASHVIDEO_FFMPEG)
endmacro()

macro(flashvideo_find_sentencepiece)
  find_path(FLASHVIDEO_SENTENCEPIECE_INCLUDE_DIR sentencepiece_processor.h)
  find_library(FLASHVIDEO_SENTENCEPIECE_LIBRARY sentencepiece)
  mark_as_advanced(FLASHVIDEO_SENTENCEPIECE_INCLUDE_DIR FLASHVIDEO_SENTENCEPIECE_LIBRARY)
  set(flashvideo_SentencePiece_MISSING "")
  if(NOT FLASHVIDEO_SENTENCEPIECE_INCLUDE_DIR OR NOT FLASHVIDEO_SENTENCEPIECE_LIBRARY)
    set(flashvideo_SentencePiece_MISSING "sentencepiece_processor.h and libsentencepiece (Debian: libsentencepiece-dev)")
  endif()
  set(flashvideo_SentencePiece_INCLUDE_DIRS ${FLASHVIDEO_SENTENCEPIECE_INCLUDE_DIR})
  set(flashvideo_SentencePiece_LIBRARIES ${FLASHVIDEO_SENTENCEPIECE_LIBRARY})
endmacro()

# Under add_subdirectory the parent links our targets, so it must see the packages that we found in our directory.
function(flashvideo_promote_imported_targets)
  get_property(targets DIRECTORY PROPERTY IMPORTED_TARGETS)
  foreach(target IN LISTS targets)
    set_target_properties(${target} PROPERTIES IMPORTED_GLOBAL TRUE)
  endforeach()
endfunction()
