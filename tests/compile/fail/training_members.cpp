// SPDX-License-Identifier: MIT
// Optimisers and objectives that lack a member each: one error for each, and it says which.
// EXPECT: 'optimizer.size()' does not satisfy return-type-requirement
// EXPECT: the required expression 'optimizer.update(values, gradients, step, rate, rate, workspace)' is invalid
// EXPECT: the required expression 'options.visit(fields)' is invalid
// EXPECT: the required expression 'constant.check()' is invalid
// EXPECT: the required expression 'constant.layout()' is invalid
// EXPECT: the required expression 'objective.accumulate(backend, values, gradients, micro_batch, workspace)' is invalid
// EXPECT: the required expression 'optimizer.visit_state(flashvideo::training_detail::StateVisitor{})' is invalid
// EXPECT: the required type 'typename Policy::Options' is invalid
// EXPECT: the required type 'typename O::ScalarType' is invalid
// ERRORS: 9
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/training/trainer.hpp"
#include "unit/training/linear_regression.hpp"

using namespace flashvideo;
using Objective = test::LinearRegression<float, Cpu>;

#define OPTIMISER(Name, ...)                           \
  struct Name : AdamW {                                \
    template <typename Scalar, ComputeBackend Backend> \
    struct On : AdamW::On<Scalar, Backend> {           \
      using AdamW::On<Scalar, Backend>::On;            \
      __VA_ARGS__;                                     \
    };                                                 \
  };                                                   \
  void wrong(const Trainer<Objective, Cpu, Name>&)
#define OPTIONS(Name, ...)            \
  struct Name : AdamW {               \
    struct Options : AdamW::Options { \
      __VA_ARGS__;                    \
    };                                \
  };                                  \
  void wrong(const Trainer<Objective, Cpu, Name>&)
#define OBJECTIVE(Name, ...) \
  struct Name : Objective {  \
    __VA_ARGS__;             \
  };                         \
  void wrong(const Trainer<Name, Cpu>&)

OPTIMISER(Size, void size());
OPTIMISER(Update, void update());
OPTIMISER(State, void visit_state());
OPTIONS(Visit, void visit());
OPTIONS(Check, void check(int));
struct NoOptions : AdamW {
 private:
  using Options = int;
};
void wrong(const Trainer<Objective, Cpu, NoOptions>&);
OBJECTIVE(Scalar, private : using ScalarType = int);
OBJECTIVE(Layout, void layout());
OBJECTIVE(Accumulate, void accumulate());
