// SPDX-License-Identifier: MIT
// Catch2's own code is compiled here, once for all programs.
#include "support/session.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>

#define CATCH_CONFIG_RUNNER
#include "support/catch.hpp"

namespace {

int cases_begun = 0;
std::string program_name;

#if __has_include(<catch2/catch_all.hpp>)
struct CaseRecorder : Catch::EventListenerBase {
  using Catch::EventListenerBase::EventListenerBase;
#else
struct CaseRecorder : Catch::TestEventListenerBase {
  using Catch::TestEventListenerBase::TestEventListenerBase;
#endif
  void testCaseStarting(const Catch::TestCaseInfo& info) override {
    ++cases_begun;
    const char* path = std::getenv("FLASHVIDEO_CASES_RUN");
    if (path == nullptr) return;
    const std::string line = program_name + ": " + info.name + "\n";
    std::FILE* file = std::fopen(path, "a");
    if (file == nullptr || std::fwrite(line.data(), 1, line.size(), file) != line.size()) {
      std::perror(path);
      std::exit(1);
    }
    std::fclose(file);
  }
};
CATCH_REGISTER_LISTENER(CaseRecorder)

}  // namespace

int test::run_session(int argc, char** argv) {
  program_name = argv[0];
  program_name.erase(0, program_name.rfind('/') + 1);
  Catch::Session session;
  if (const int status = session.applyCommandLine(argc, argv); status != 0) return status;
  const Catch::ConfigData& data = session.configData();
  const bool only_tells = data.showHelp || data.libIdentify || data.listTests || data.listTags ||
                          data.listReporters
#if !__has_include(<catch2/catch_all.hpp>)
                          || data.listTestNamesOnly
#endif
      ;
  const int status = session.run();
  if (only_tells || cases_begun > 0) return status;
  std::fprintf(stderr, "%s: no test case ran; --list-test-names-only lists those that there are\n",
               program_name.c_str());
  return 2;
}
