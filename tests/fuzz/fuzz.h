// What the fuzz targets share. No GoogleTest: they are built by a compiler of their own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

/// A property that must hold for every input; the fuzzer keeps the input that breaks it.
#define FUZZ_CHECK(condition)                                                             \
  do {                                                                                    \
    if (!(condition)) {                                                                   \
      std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                       \
    }                                                                                     \
  } while (false)

namespace chasqui::fuzz {

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Sizes of pieces, taken from the first bytes of the input: so the fuzzer chooses where a message is cut.
class Cuts {
 public:
  explicit Cuts(std::string_view& input) {
    const std::size_t count = input.empty() ? 0 : static_cast<std::uint8_t>(input[0]) % 16;
    sizes_ = input.substr(input.empty() ? 0 : 1, count);
    input.remove_prefix(input.empty() ? 0 : 1 + sizes_.size());
  }
  /// How much of `left` bytes comes next; at least one.
  std::size_t next(std::size_t left) {
    if (sizes_.empty()) return left;
    const std::size_t size = 1 + static_cast<std::uint8_t>(sizes_[at_++ % sizes_.size()]);
    return size < left ? size : left;
  }

 private:
  std::string_view sizes_;
  std::size_t at_ = 0;
};

}  // namespace chasqui::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
