// SPDX-License-Identifier: MIT
// Tokenizers and lists of parts that lack a member each: one error for each, and it says which.
// EXPECT: the required expression 'Tokenizer::kind' is invalid
// EXPECT: the required expression 'tokenizer.encode(sentence)' is invalid
// EXPECT: the required expression 'tokenizer.decode(ids)' is invalid
// EXPECT: the required expression 'tokenizer.vocabulary_size()' is invalid
// EXPECT: the required expression 'tokenizer.fixed_length(encoding, length)' is invalid
// EXPECT: the required expression 'Tokenizer::parameters(configuration)' is invalid
// EXPECT: the required expression 'tokenizer.configuration()' is invalid
// EXPECT: the required expression 'tokenizer.encode_bytes(pixels)' is invalid
// EXPECT: the required expression 'tokenizer.decode_bytes(tokens)' is invalid
// EXPECT: the required expression 'c.grid_height()' is invalid
// EXPECT: the required expression 'stored.visit(fields)' is invalid
// EXPECT: the required expression 'c.check()' is invalid
// EXPECT: the required type 'typename Parts::TextTokenizer' is invalid
// EXPECT: the required type 'typename Parts::ImageTokenizer<flashvideo::ArchetypeBackend>' is invalid
// EXPECT: the required type 'typename Parts::KeyPolicy' is invalid
// EXPECT: the required type 'typename Parts::GapPolicy' is invalid
// ERRORS: 19
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/generation/video_model.hpp"
#include "package/stranger/own_tokenizers.hpp"

using namespace flashvideo;

#define TEXT(Name, ...)                  \
  struct Name : stranger::Letters {      \
    using Letters::Letters;              \
    __VA_ARGS__;                         \
  };                                     \
  struct Name##Parts : stranger::Parts { \
    using TextTokenizer = Name;          \
  };                                     \
  void wrong(const VideoModel<Name##Parts, Cpu>&)
#define PICTURE(Name, ...)               \
  struct Name : stranger::Grey {         \
    using Grey::Grey;                    \
    __VA_ARGS__;                         \
  };                                     \
  struct Name##Parts : stranger::Parts { \
    template <ComputeBackend>            \
    using ImageTokenizer = Name;         \
  };                                     \
  void wrong(const VideoModel<Name##Parts, Cpu>&)
#define SIZES(Name, ...)                                     \
  struct Name : stranger::Grey {                             \
    struct Configuration : Grey::Configuration {             \
      __VA_ARGS__;                                           \
    };                                                       \
    Name(const auto&, const Configuration& c, const auto&);  \
    static ParameterLayout parameters(const Configuration&); \
    const Configuration& configuration() const;              \
  };                                                         \
  struct Name##Parts : stranger::Parts {                     \
    template <ComputeBackend>                                \
    using ImageTokenizer = Name;                             \
  };                                                         \
  void wrong(const VideoModel<Name##Parts, Cpu>&)
#define PARTS(Name, ...)          \
  struct Name : stranger::Parts { \
   private:                       \
    __VA_ARGS__;                  \
  };                              \
  void wrong(const VideoModel<Name, Cpu>&)

TEXT(TextKind, private : static constexpr const char* kind = "");
TEXT(TextConfiguration, private : using Configuration = int);
TEXT(TextEncode, void encode());
TEXT(TextDecode, void decode());
TEXT(TextSize, void vocabulary_size());
TEXT(TextLength, void fixed_length());
PICTURE(PictureKind, private : static constexpr const char* kind = "");
PICTURE(PictureConfiguration, private : using Configuration = int);
PICTURE(PictureParameters, static void parameters());
PICTURE(PictureItsConfiguration, void configuration());
PICTURE(PictureEncode, void encode_bytes());
PICTURE(PictureDecode, void decode_bytes());
SIZES(SizesGrid, void grid_height());
SIZES(SizesVisit, void visit());
SIZES(SizesCheck, void check(int));
PARTS(PartsText, using TextTokenizer = int);
PARTS(PartsPicture, template <typename> using ImageTokenizer = int);
PARTS(PartsKey, using KeyPolicy = int);
PARTS(PartsGap, using GapPolicy = int);
