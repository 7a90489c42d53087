// SPDX-License-Identifier: MIT
// Parts of a decoder that lack a member each: one error for each, and it says which.
// EXPECT: 'Mixer::name' does not satisfy return-type-requirement
// EXPECT: the required type 'typename Mixer::ScalarType' is invalid
// EXPECT: the required type 'typename Mixer::Activations' is invalid
// EXPECT: the required type 'typename Mixer::State<flashvideo::ArchetypeBackend>' is invalid
// EXPECT: the required type 'typename Mixer::Lane<flashvideo::ArchetypeBackend>' is invalid
// EXPECT: the required expression 'mixer.d_model()' is invalid
// EXPECT: the required expression 'mixer.forward(backend, mode, values, batch, length, x, y, workspace)' is invalid
// EXPECT: the required expression 'mixer.backward(backend, mode, values, batch, length, x, kept, x, y, gradients, workspace)' is invalid
// EXPECT: the required expression 'mixer.initial_state(backend)' is invalid
// EXPECT: the required expression 'mixer.absorb(backend, values, lanes, x, y, workspace)' is invalid
// EXPECT: the required expression 'norm.width()' is invalid
// EXPECT: the required expression 'norm.forward(backend, values, x, y, inverse_rms)' is invalid
// EXPECT: the required expression 'norm.backward(backend, values, x, inverse_rms, x, y, gradients, true)' is invalid
// EXPECT: the required type 'typename Part::Activations' is invalid
// EXPECT: the required expression 'layer.forward(backend, flashvideo::GemmProduct{}, values, x, y, workspace)' is invalid
// EXPECT: the required expression 'layer.backward(backend, values, x, kept, x, y, gradients, workspace)' is invalid
// EXPECT: the required expression 'layer.absorb(backend, values, x, y, workspace)' is invalid
// EXPECT: the required expression 'Policy::name' is invalid
// EXPECT: the required type 'typename Policy::mixer<float>' is invalid
// EXPECT: the required type 'typename Policy::norm<float>' is invalid
// EXPECT: the required type 'typename Policy::feed_forward<float>' is invalid
// EXPECT: is_constructible_v<_Tp, _Args ...> [with _Tp = NoMixerConstructor<float>
// EXPECT: is_constructible_v<_Tp, _Args ...> [with _Tp = NoNormConstructor<float>
// EXPECT: is_constructible_v<_Tp, _Args ...> [with _Tp = NoLayerConstructor<float>
// ERRORS: 24
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/model/decoder.hpp"

using namespace flashvideo;

// A part that has all of `Right` but what the declaration hides.
#define WRONG(Name, part, Right, ...)      \
  template <typename Scalar>               \
  struct Name : Right<Scalar> {            \
    using Base = Right<Scalar>;            \
    __VA_ARGS__;                           \
  };                                       \
  struct Name##Policy : FlashVideoPolicy { \
    template <typename Scalar>             \
    using part = Name<Scalar>;             \
  };                                       \
  void wrong(const flashvideo::Decoder<Name##Policy, Cpu>&)
#define MIXER(Name, ...) WRONG(Name, mixer, MultiScaleRetention, using Base::Base; __VA_ARGS__)
#define NORM(Name, ...) WRONG(Name, norm, RMSNorm, using Base::Base; __VA_ARGS__)
#define LAYER(Name, ...) WRONG(Name, feed_forward, SwiGLU, using Base::Base; __VA_ARGS__)
#define POLICY(Name, ...)          \
  struct Name : FlashVideoPolicy { \
   private:                        \
    __VA_ARGS__;                   \
  };                               \
  void wrong(const flashvideo::Decoder<Name, Cpu>&)

MIXER(NoMixerName, static void name());
MIXER(NoMixerScalar, private : using ScalarType = int);
MIXER(NoMixerActivations, private : using Activations = int);
MIXER(NoMixerState, private : template <typename> using State = int);
MIXER(NoMixerLane, private : template <typename> using Lane = int);
MIXER(NoMixerWidth, void d_model());
MIXER(NoMixerForward, void forward());
MIXER(NoMixerBackward, void backward());
MIXER(NoMixerInitialState, void initial_state());
MIXER(NoMixerAbsorb, void absorb());
WRONG(NoMixerConstructor, mixer, MultiScaleRetention, explicit NoMixerConstructor(int));
NORM(NoNormWidth, void width());
NORM(NoNormForward, void forward());
NORM(NoNormBackward, void backward());
WRONG(NoNormConstructor, norm, RMSNorm, explicit NoNormConstructor(int));
LAYER(NoLayerActivations, private : using Activations = int);
LAYER(NoLayerForward, void forward());
LAYER(NoLayerBackward, void backward());
LAYER(NoLayerAbsorb, void absorb());
WRONG(NoLayerConstructor, feed_forward, SwiGLU, explicit NoLayerConstructor(int));
POLICY(NoPolicyName, static constexpr const char* name = "");
POLICY(NoPolicyMixer, template <typename> using mixer = int);
POLICY(NoPolicyNorm, template <typename> using norm = int);
POLICY(NoPolicyLayer, template <typename> using feed_forward = int);
