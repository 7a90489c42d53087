// SPDX-License-Identifier: MIT
#pragma once

namespace test {

/// What the `main` of every test program does: runs its test cases as the command line asks, and appends `program: name` of each
/// that begins to the file that FLASHVIDEO_CASES_RUN names (tests/support/compare_cases.sh compares it with what the programs
/// list). A run in which no test case began is an error.
int run_session(int argc, char** argv);

}  // namespace test
