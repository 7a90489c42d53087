// SPDX-License-Identifier: MIT
#pragma once
/// @file
/// The host umbrella: everything that a program needs to load a model and get frames, room by room, floor by
/// floor. Thrust, CUDA, FFmpeg and SentencePiece have their own headers and components; training, data and
/// metrics are included by name.

// 0 core
#include "flashvideo/core/config.hpp"
#include "flashvideo/core/cpu_features.hpp"
#include "flashvideo/core/error.hpp"
#include "flashvideo/core/math.hpp"
#include "flashvideo/core/progress.hpp"
#include "flashvideo/core/random.hpp"
#include "flashvideo/core/thread_pool.hpp"
#include "flashvideo/core/version.hpp"

// 1 tensor, sequence
#include "flashvideo/sequence/interpolation_planner.hpp"
#include "flashvideo/sequence/interpolation_schedule.hpp"
#include "flashvideo/sequence/key_frame_segments.hpp"
#include "flashvideo/sequence/serial_token_sequencer.hpp"
#include "flashvideo/sequence/token_sequence.hpp"
#include "flashvideo/sequence/vocabulary.hpp"
#include "flashvideo/tensor/shape.hpp"
#include "flashvideo/tensor/tensor_view.hpp"

// 2 io, backend
#include "flashvideo/backend/backend.hpp"
#include "flashvideo/backend/cpu/cpu.hpp"
#include "flashvideo/backend/retention_state.hpp"
#include "flashvideo/backend/retention_step.hpp"
#include "flashvideo/io/image.hpp"
#include "flashvideo/io/safetensors_file.hpp"
#include "flashvideo/io/video.hpp"
#include "flashvideo/io/y4m_sink.hpp"

// 3 nn
#include "flashvideo/nn/attention/attention.hpp"
#include "flashvideo/nn/embedding.hpp"
#include "flashvideo/nn/glu.hpp"
#include "flashvideo/nn/linear.hpp"
#include "flashvideo/nn/retention/multi_scale_retention.hpp"
#include "flashvideo/nn/retention/retention.hpp"
#include "flashvideo/nn/rms_norm.hpp"
#include "flashvideo/nn/rotation.hpp"

// 4 model, tokenizer
#include "flashvideo/model/decoder.hpp"
#include "flashvideo/tokenizer/image/vq_vae.hpp"
#include "flashvideo/tokenizer/text/word_tokenizer.hpp"

// 5 generation
#include "flashvideo/generation/text_to_video.hpp"
#include "flashvideo/generation/video_generator.hpp"

#ifdef FLASHVIDEO_COMPILED
// Made once, in the unit of the target flashvideo::compiled (cmake/compiled.cpp).
extern template flashvideo::VideoGenerator flashvideo::load_by_name(const std::string&,
                                                                    const flashvideo::Cpu&,
                                                                    flashvideo::WeightStorage,
                                                                    flashvideo::NamedModels);
extern template flashvideo::VideoGenerator flashvideo::load_by_name(const flashvideo::BundleFile&,
                                                                    const flashvideo::Cpu&,
                                                                    flashvideo::WeightStorage,
                                                                    flashvideo::NamedModels);
#endif
