// SPDX-License-Identifier: MIT
#pragma once
// What stands in both namespaces below is refused. The brace in "{" and the one in this comment { count for nothing.
#define SOME(x) \
  namespace {   \
  x

namespace flashvideo {

class hidden_class final {
  int innocent_member(int x) { return x; }
  static constexpr char innocent_brace = '{';
};
enum class hidden_enum : int { innocent_value };
template <typename T, typename = decltype(sizeof(T))>
requires(sizeof(T) > 1'0) struct hidden_template : hidden_class {
};
using hidden_alias = int;
typedef int hidden_typedef __attribute__((aligned(16)));
template <typename T>
concept hidden_concept = requires(T t) {
  {t.size()};
}
&&sizeof(T) < 100;
template <typename T>
requires hidden_concept<T>
inline auto hidden_function(T (&values)[3], int = 3) -> decltype(values[0]) { return values[0]; }
[[nodiscard]] __attribute__((noinline)) int hidden_attribute(int);
inline constexpr const char* hidden_variable = "a { in a string";
inline constexpr int hidden_array[] = {1, 2, 3};
extern int hidden_braces;
inline const hidden_alias hidden_initialised{3};
namespace hidden_namespace {}

int innocent_of_outer(int x);
template <>
struct innocent_specialised<int> {};
struct innocent_sibling {};

}  // namespace flashvideo

namespace flashvideo::nn_detail {

void hidden_class();
void hidden_enum();
void hidden_template();
void hidden_alias();
void hidden_typedef();
void hidden_concept();
struct hidden_function;
struct hidden_attribute;
struct hidden_variable;
struct hidden_array;
struct hidden_braces;
struct hidden_initialised;
struct hidden_namespace;

int innocent_member(int innocent_of_outer);
struct innocent_value {
  int innocent_of_outer;
};

}  // namespace flashvideo::nn_detail
