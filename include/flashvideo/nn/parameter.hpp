// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "flashvideo/core/error.hpp"
#include "flashvideo/core/random.hpp"
#include "flashvideo/tensor/tensor_view.hpp"

namespace flashvideo {

/// How a parameter starts.
struct Initializer {
  /// How numbers are drawn.
  enum class Kind { constant, uniform, normal };
  Kind kind = Kind::constant;  ///< which of them
  double scale = 0;  ///< the constant; the half width of the uniform; the standard deviation of the normal

  /// All equal.
  static Initializer constant(double value) { return {Kind::constant, value}; }
  /// Uniform in (-half_width, half_width).
  static Initializer uniform(double half_width) { return {Kind::uniform, half_width}; }
  /// Normal with mean 0.
  static Initializer normal(double deviation) { return {Kind::normal, deviation}; }
  /// Xavier uniform: half width gain sqrt(6 / (fan_in + fan_out)).
  static Initializer xavier(index_t fan_in, index_t fan_out, double gain = 1) {
    return uniform(gain * std::sqrt(6.0 / static_cast<double>(fan_in + fan_out)));
  }
};

/// Where a layer's parameter lies in the flat array of all parameters of a model.
template <std::size_t Rank>
struct Parameter {
  index_t offset = 0;   ///< of its first element
  Shape<Rank> shape{};  ///< outermost first
  index_t kept = 0;     ///< its place among those that `PackedParameters` keeps as they are
};

/// A matrix that generation multiplies rows by, so that `PackedParameters` may keep it in another storage.
struct ProductParameter {
  Parameter<2> matrix;  ///< (M, K), where it lies
  index_t number = 0;   ///< among the layout's products
};

/// The names, shapes and places of a model's parameters in one flat array. Layers register theirs when
/// constructed, so values, gradients and optimiser moments are each one array with one loop over it.
class ParameterLayout {
 public:
  /// One tensor of the model.
  struct Entry {
    std::string name;            ///< full, as files have it
    std::vector<index_t> shape;  ///< outermost first
    index_t offset;              ///< of its first element
    index_t size;                ///< elements
    index_t kept;             ///< its place among the parameters that are no product; -1: part of a product
    Initializer initializer;  ///< how it starts
    bool decays;              ///< whether weight decay applies (matrices: yes, norms and biases: no)
  };

  /// Registers one tensor; its place is aligned to 16 elements.
  template <std::size_t Rank>
  Parameter<Rank> add(std::string name, const Shape<Rank>& shape, Initializer initializer,
                      bool decays = (Rank > 1)) {
    align();
    const Parameter<Rank> parameter{size_, shape, kept_size_};
    append(std::move(name), {shape.begin(), shape.end()}, element_count(shape), initializer, decays,
           kept_size_);
    kept_size_ = (kept_size_ + element_count(shape) + 15) / 16 * 16;
    return parameter;
  }

  /// One part of a stacked matrix.
  struct Part {
    std::string name;         ///< full, as files have it
    index_t rows;             ///< of the stack
    Initializer initializer;  ///< how it starts
  };
  /// Registers matrices with equal columns under their own names, one below the other, and returns the
  /// stacked matrix: one product serves them all.
  /// @param gated whether the two halves of the stacked matrix belong together row by row (`PackedMatrix`)
  ProductParameter add_product(const std::vector<Part>& parts, index_t columns, bool gated = false) {
    align();
    Parameter<2> stacked{size_, {0, columns}};
    for (const Part& part : parts) {
      stacked.shape[0] += part.rows;
      append(part.name, {part.rows, columns}, part.rows * columns, part.initializer, true, -1);
    }
    products_.push_back({stacked, gated});
    return {stacked, static_cast<index_t>(products_.size()) - 1};
  }
  /// A matrix that rows are multiplied by.
  struct Product {
    Parameter<2> matrix;  ///< (M, K), stacked parts and all
    bool gated;           ///< two halves that belong together row by row
  };

  /// In the order of registration.
  const std::vector<Entry>& entries() const { return entries_; }
  /// In the order of registration.
  const std::vector<Product>& products() const { return products_; }
  /// Elements of the parameters that are no product, gaps of alignment included.
  index_t kept_size() const { return kept_size_; }
  /// Elements of the flat array, gaps of alignment included.
  index_t size() const { return size_; }
  /// Elements of the tensors alone: the number of parameters.
  index_t parameter_count() const {
    index_t count = 0;
    for (const Entry& entry : entries_) count += entry.size;
    return count;
  }

 private:
  void align() { size_ = (size_ + 15) / 16 * 16; }
  void append(std::string name, std::vector<index_t> shape, index_t size, Initializer initializer,
              bool decays, index_t kept) {
    for (const Entry& entry : entries_) {
      require<value_error>(entry.name != name, "ParameterLayout: two parameters are named {}", name);
    }
    entries_.push_back({std::move(name), std::move(shape), size_, size, kept, initializer, decays});
    size_ += size;
  }

  std::vector<Entry> entries_;
  std::vector<Product> products_;
  index_t size_ = 0;
  index_t kept_size_ = 0;
};

/// The flat array itself, as layers see it: `values[weight]` is the tensor of a parameter.
/// @tparam T the element type; const for reading, the same type for gradients
template <typename T>
class ParameterView {
 public:
  ParameterView() = default;
  /// An array of the layout's size.
  explicit ParameterView(T* data) : data_(data) {}
  /// A view of const T.
  template <typename U>
  requires(std::is_same_v<U, const T> && !std::is_const_v<T>) operator ParameterView<U>() const {
    return ParameterView<U>(data_);
  }
  /// @{
  /// The tensor of a parameter.
  template <std::size_t Rank>
  TensorView<T, Rank> operator[](const Parameter<Rank>& parameter) const {
    return {data_ + parameter.offset, parameter.shape};
  }
  MatrixView<T> operator[](const ProductParameter& product) const { return (*this)[product.matrix]; }
  /// @}
  /// First element.
  T* data() const { return data_; }

 private:
  T* data_ = nullptr;
};

/// Initial values of the whole array on the host, each number a function of (seed, place in the array).
template <typename Scalar>
std::vector<Scalar> initial_values(const ParameterLayout& layout, std::uint64_t seed) {
  std::vector<Scalar> values(static_cast<std::size_t>(layout.size()), Scalar{0});
  for (const auto& entry : layout.entries()) {
    RandomStream random(RandomAddress{seed, 0, static_cast<std::uint64_t>(2 * entry.offset)});
    for (index_t i = entry.offset; i < entry.offset + entry.size; ++i) {
      double value = entry.initializer.scale;
      if (entry.initializer.kind == Initializer::Kind::uniform) value *= random.uniform(-1, 1);
      if (entry.initializer.kind == Initializer::Kind::normal) value *= random.normal();
      values[static_cast<std::size_t>(i)] = static_cast<Scalar>(value);
    }
  }
  return values;
}

}  // namespace flashvideo
