// SPDX-License-Identifier: MIT
#include "support/session.hpp"

int main(int argc, char** argv) { return test::run_session(argc, argv); }
