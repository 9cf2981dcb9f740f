// JSON: what is parsed and written is parsed and written the same again, and spans are the parser's values.
#include <string>

#include "core/json/span.h"
#include "core/json/value.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace chasqui;

std::string canonical(json::Value value) {
  std::string out;
  value.append_canonical_to(out);
  return out;
}

// The bytes of each member and item, read on their own, are the value that the parser found.
void check_spans(std::string_view text, json::Value root) {
  json::Document part;
  const auto items = root.items();
  const auto spans = json::item_spans(text);
  FUZZ_CHECK(items.size() == spans.size());
  for (std::size_t i = 0; i < items.size() && i < 50; ++i) {
    const auto value = part.parse(spans[i]);
    FUZZ_CHECK(value.has_value() && value->to_json() == items[i].to_json());
  }
  std::size_t looked = 0;
  for (const auto& [name, member] : root.members()) {
    if (++looked > 50) break;
    const auto span = json::member_span(text, name);
    if (!span) continue;  // spelt with escapes
    const auto value = part.parse(*span);
    FUZZ_CHECK(value.has_value() && value->to_json() == root[name].to_json());
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_text(data, size);
  json::Document parser, other;
  const auto root = parser.parse(text);
  if (!root) return 0;
  const std::string written = root->to_json();
  const auto again = other.parse(written);
  FUZZ_CHECK(again.has_value());
  FUZZ_CHECK(again->to_json() == written);
  FUZZ_CHECK(canonical(*again) == canonical(*root));
  check_spans(text, *root);
  std::string minified;
  json::append_minified(minified, text);
  const auto small = other.parse(minified);
  FUZZ_CHECK(small.has_value() && small->to_json() == written);
  std::string twice;
  json::append_minified(twice, minified);
  FUZZ_CHECK(twice == minified);
  return 0;
}
