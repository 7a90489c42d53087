// SPDX-License-Identifier: MIT
// The header under test is included on the command line.
