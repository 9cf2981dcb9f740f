// Enums that appear in JSON by word: one table per enum, both directions from it.
#pragma once

#include <array>
#include <string_view>
#include <utility>

/// Defines `word` and `from_word` for `Enum`. Each entry is {Enum::value, "word"}; the value with the empty word is
/// the one that is left out of JSON.
#define CHASQUI_WORDS(Enum, ...)                                                                      \
  inline constexpr auto words_of_##Enum = std::to_array<std::pair<Enum, std::string_view>>({__VA_ARGS__}); \
  inline std::string_view word(Enum value) {                                                          \
    for (const auto& [e, text] : words_of_##Enum)                                                     \
      if (e == value) return text;                                                                    \
    return {};                                                                                        \
  }                                                                                                   \
  inline bool from_word(std::string_view text, Enum& out) {                                           \
    for (const auto& [e, known] : words_of_##Enum)                                                    \
      if (known == text) {                                                                            \
        out = e;                                                                                      \
        return true;                                                                                  \
      }                                                                                               \
    return false;                                                                                     \
  }
