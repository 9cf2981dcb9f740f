#include "core/json/value.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/json/writer.h"

namespace chasqui::json {

namespace dom = simdjson::dom;

namespace {

// A Value holds what a simdjson element holds (its document and an index into the tape), so the conversion is a copy.
struct Raw {
  const void* document;
  std::size_t index;
};
static_assert(sizeof(Raw) == sizeof(dom::element) && std::is_trivially_copyable_v<dom::element>);

dom::element element(const void* document, std::size_t index) {
  const Raw raw{document, index};
  dom::element e;
  std::memcpy(static_cast<void*>(&e), &raw, sizeof e);
  return e;
}

Raw raw_of(const dom::element& e) {
  Raw raw;
  std::memcpy(static_cast<void*>(&raw), &e, sizeof raw);
  return raw;
}

void append(std::string& out, const dom::element& e, bool sorted) {
  Writer w(out);
  switch (e.type()) {
    case dom::element_type::ARRAY: {
      out.push_back('[');
      bool first = true;
      for (const auto item : dom::array(e)) {
        if (!first) out.push_back(',');
        first = false;
        append(out, item, sorted);
      }
      out.push_back(']');
      return;
    }
    case dom::element_type::OBJECT: {
      std::vector<std::pair<std::string_view, dom::element>> members;
      for (const auto [name, value] : dom::object(e)) members.emplace_back(name, value);
      if (sorted) std::stable_sort(members.begin(), members.end(), [](auto& a, auto& b) { return a.first < b.first; });
      out.push_back('{');
      bool first = true;
      for (const auto& [name, value] : members) {
        if (!first) out.push_back(',');
        first = false;
        append_string(out, name);
        out.push_back(':');
        append(out, value, sorted);
      }
      out.push_back('}');
      return;
    }
    case dom::element_type::STRING: append_string(out, std::string_view(e)); return;
    case dom::element_type::INT64: w.integer(std::int64_t(e)); return;
    case dom::element_type::UINT64: w.unsigned_integer(std::uint64_t(e)); return;
    case dom::element_type::DOUBLE: w.number(double(e)); return;
    case dom::element_type::BOOL: w.boolean(bool(e)); return;
    case dom::element_type::NULL_VALUE: w.null(); return;
  }
}

bool fits_64_bits(std::string_view digits, bool negative) {
  std::uint64_t value = 0;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec != std::errc{}) return false;
  return !negative || value <= std::uint64_t{1} << 63;
}

// simdjson refuses integers that do not fit 64 bits; with an exponent they are doubles to it.
std::string with_long_integers_as_doubles(std::string_view text) {
  std::string out;
  bool in_string = false;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (in_string || c < '0' || c > '9') {
      if (c == '"') in_string = !in_string;
      const std::size_t length = in_string && c == '\\' && at + 1 < text.size() ? 2 : 1;
      out.append(text, at, length);
      at += length;
      continue;
    }
    const std::size_t end = std::min(text.find_first_not_of("0123456789+-.eE", at), text.size());
    const std::string_view number = text.substr(at, end - at);
    out.append(number);
    const bool integer = number.find_first_not_of("0123456789") == std::string_view::npos;
    if (integer && !fits_64_bits(number, at > 0 && text[at - 1] == '-')) out.append("e0");
    at = end;
  }
  return out;
}

}  // namespace

Type Value::type() const {
  if (!exists()) return Type::missing;
  switch (element(document_, index_).type()) {
    case dom::element_type::ARRAY: return Type::array;
    case dom::element_type::OBJECT: return Type::object;
    case dom::element_type::STRING: return Type::string;
    case dom::element_type::INT64: return Type::integer;
    case dom::element_type::UINT64: return Type::unsigned_integer;
    case dom::element_type::DOUBLE: return Type::number;
    case dom::element_type::BOOL: return Type::boolean;
    case dom::element_type::NULL_VALUE: return Type::null;
  }
  return Type::missing;
}

Value Value::operator[](std::string_view name) const {
  if (!exists()) return {};
  dom::object object;
  if (element(document_, index_).get_object().get(object) != simdjson::SUCCESS) return {};
  for (const auto [key, value] : object) {
    if (key != name) continue;
    const Raw raw = raw_of(value);
    return {raw.document, raw.index};
  }
  return {};
}

std::vector<Value> Value::items() const {
  std::vector<Value> out;
  dom::array array;
  if (!exists() || element(document_, index_).get_array().get(array) != simdjson::SUCCESS) return out;
  out.reserve(array.size());
  for (const auto item : array) {
    const Raw raw = raw_of(item);
    out.push_back(Value(raw.document, raw.index));
  }
  return out;
}

std::vector<std::pair<std::string_view, Value>> Value::members() const {
  std::vector<std::pair<std::string_view, Value>> out;
  dom::object object;
  if (!exists() || element(document_, index_).get_object().get(object) != simdjson::SUCCESS) return out;
  for (const auto [key, value] : object) {
    const Raw raw = raw_of(value);
    out.emplace_back(key, Value(raw.document, raw.index));
  }
  return out;
}

std::size_t Value::size() const {
  if (!exists()) return 0;
  const auto e = element(document_, index_);
  dom::array array;
  if (e.get_array().get(array) == simdjson::SUCCESS) return array.size();
  dom::object object;
  if (e.get_object().get(object) == simdjson::SUCCESS) return object.size();
  return 0;
}

std::optional<std::string_view> Value::string() const {
  std::string_view text;
  if (!exists() || element(document_, index_).get_string().get(text) != simdjson::SUCCESS) return std::nullopt;
  return text;
}

std::optional<bool> Value::boolean() const {
  bool value = false;
  if (!exists() || element(document_, index_).get_bool().get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

std::optional<std::int64_t> Value::integer() const {
  if (!exists()) return std::nullopt;
  const auto e = element(document_, index_);
  std::int64_t integer = 0;
  if (e.type() != dom::element_type::DOUBLE) {
    if (e.get_int64().get(integer) == simdjson::SUCCESS) return integer;
    return std::nullopt;
  }
  const double value = double(e);
  if (value != std::floor(value) || std::fabs(value) > 9007199254740992.0) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

std::optional<std::int64_t> Value::loose_integer() const {
  const auto text = string();
  if (!text) return integer();
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || end != text->data() + text->size() || text->empty()) return std::nullopt;
  return value;
}

std::optional<double> Value::number() const {
  double value = 0;
  if (!exists() || element(document_, index_).get_double().get(value) != simdjson::SUCCESS) return std::nullopt;
  return value;
}

void Value::append_to(std::string& out) const {
  if (exists()) append(out, element(document_, index_), false);
}

void Value::append_canonical_to(std::string& out) const {
  if (exists()) append(out, element(document_, index_), true);
}

std::string Value::to_json() const {
  std::string out;
  append_to(out);
  return out;
}

struct Document::Impl {
  dom::parser parser;
};

Document::Document() : impl_(std::make_unique<Impl>()) {}
Document::~Document() = default;
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;

Result<Value> Document::parse(std::string_view text, std::size_t depth) {
  if (text.empty()) return invalid_input("not valid JSON: there is nothing");
  dom::parser& parser = impl_->parser;
  if (parser.max_depth() != depth && parser.allocate(parser.capacity(), depth) != simdjson::SUCCESS) return unavailable("out of memory");
  dom::element root;
  // The parser copies into a padded buffer of its own (its default), so `text` needs no padding.
  auto error = parser.parse(text.data(), text.size()).get(root);
  if (error == simdjson::NUMBER_ERROR) {
    const std::string widened = with_long_integers_as_doubles(text);
    error = parser.parse(widened.data(), widened.size()).get(root);
  }
  if (error != simdjson::SUCCESS) return invalid_input(std::string("not valid JSON: ") + simdjson::error_message(error));
  const Raw raw = raw_of(root);
  return Value(raw.document, raw.index);
}

void append_minified(std::string& out, std::string_view json) {
  const auto start = out.size();
  out.resize(start + json.size());
  std::size_t length = 0;
  const auto error = simdjson::minify(json.data(), json.size(), out.data() + start, length);
  if (error == simdjson::SUCCESS) {
    out.resize(start + length);
  } else {
    out.resize(start);
    out.append(json);
  }
}

}  // namespace chasqui::json
