// SPDX-License-Identifier: MIT
// The main of the test programs, compiled once for all.
#define CATCH_CONFIG_RUNNER
#include "support/session.hpp"

int main(int argc, char** argv) { return test::run_session(argc, argv); }
