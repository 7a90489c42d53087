// SPDX-License-Identifier: MIT
// EXPECT: a sentence that no compiler says
#ifdef WRONG
static_assert(false, "another sentence");
#endif
int main() {}
