// Reading JSON: a parsed document and light views into it. The parser behind it is simdjson, known to value.cc alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"

namespace chasqui::json {

enum class Type { missing, null, boolean, integer, unsigned_integer, number, string, array, object };

/// A view of one JSON value; valid while its Document lives and is not parsed again. A Value that was not there is
/// `missing`: looking further into it gives `missing` again, so a path can be walked without checks.
class Value {
 public:
  Value() = default;

  Type type() const;
  bool exists() const { return document_ != nullptr; }
  bool is_object() const { return type() == Type::object; }
  bool is_array() const { return type() == Type::array; }
  bool is_string() const { return type() == Type::string; }
  bool is_null() const { return type() == Type::null; }

  /// Member by name; the first where a name is doubled. `missing` if this is no object or has no such member.
  Value operator[](std::string_view name) const;
  std::vector<Value> items() const;
  std::vector<std::pair<std::string_view, Value>> members() const;
  std::size_t size() const;  ///< of an array or object; else 0

  std::optional<std::string_view> string() const;
  std::string_view string_or(std::string_view otherwise) const { return string().value_or(otherwise); }
  std::string text() const { return std::string(string_or({})); }
  std::optional<bool> boolean() const;
  /// An integer, or a number without fraction that fits.
  std::optional<std::int64_t> integer() const;
  /// As integer(), also when it is written as a string of digits: Meta writes times both ways.
  std::optional<std::int64_t> loose_integer() const;
  std::optional<double> number() const;

  /// Writes the value compactly onto `out`, members in the order of the source.
  void append_to(std::string& out) const;
  /// Writes the value with the members of every object sorted by name: equal values give equal text.
  void append_canonical_to(std::string& out) const;
  std::string to_json() const;

 private:
  friend class Document;
  Value(const void* document, std::size_t index) : document_(document), index_(index) {}
  const void* document_ = nullptr;
  std::size_t index_ = 0;
};

/// Parses whole texts; keeps its buffers, so use one for many parses. Not for several threads.
class Document {
 public:
  Document();
  ~Document();
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;

  static constexpr std::size_t depth_max = 1024;
  /// For text from outside that becomes a part of an event: what is stored around it must not make it unreadable.
  static constexpr std::size_t foreign_depth_max = 1000;

  /// Parses and validates UTF-8 JSON. The result borrows nothing from `text`. Values of an earlier parse die. An integer
  /// beyond 64 bits is read as a double, as JavaScript does.
  /// @param depth  deeper nesting is refused.
  /// @return invalid_input naming what is wrong.
  Result<Value> parse(std::string_view text, std::size_t depth = depth_max);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Appends `json` (valid JSON) without white space between its tokens; the bytes of strings and numbers stay.
void append_minified(std::string& out, std::string_view json);

}  // namespace chasqui::json
