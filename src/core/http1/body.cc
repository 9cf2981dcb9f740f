#include "core/http1/body.h"

#include "core/http1/chars.h"

namespace chasqui::http1 {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char low = lower(c);
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

}  // namespace

void BodyDecoder::line() {
  std::string_view text = line_;
  if (!text.ends_with("\r\n")) return fail("a chunk line does not end with CRLF");
  text.remove_suffix(2);
  switch (step_) {
    case Step::size: size_line(text); break;
    case Step::data_end:
      if (!text.empty()) return fail("a chunk is longer than its size");
      step_ = Step::size;
      break;
    case Step::trailer:
      trailers_ += text.size();
      if (trailers_ > kTrailersMax) return fail("the trailers are too large");
      if (text.empty()) state_ = State::complete;
      break;
    case Step::data: break;  // not a line
  }
  line_.clear();
}

void BodyDecoder::size_line(std::string_view text) {
  std::size_t digits = 0;
  std::uint64_t size = 0;
  for (; digits < text.size() && hex_value(text[digits]) >= 0; ++digits) {
    if (size >> 60 != 0) return fail("a chunk size is too large");
    size = size << 4 | static_cast<std::uint64_t>(hex_value(text[digits]));
  }
  const std::string_view rest = trimmed(text.substr(digits));
  if (digits == 0 || (!rest.empty() && rest[0] != ';')) return fail("a chunk size is not a hexadecimal number");
  if (!is_header_value(rest)) return fail("a chunk extension has a control character");
  left_ = size;
  step_ = size == 0 ? Step::trailer : Step::data;
}

}  // namespace chasqui::http1
