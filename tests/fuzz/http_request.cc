// A request, cut into pieces: it is read as the whole is, and what is read can be passed on safely.
#include <optional>
#include <string>

#include "core/http1/body.h"
#include "core/http1/chars.h"
#include "core/http1/request.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace chasqui;

struct Read {
  enum class End { more, refused, complete } end = End::more;
  http1::RequestHead head;
  std::string body;
  std::size_t used = 0;
};

std::optional<http1::BodyDecoder> decoder_for(const http1::RequestHead& head) {
  if (head.chunked) return http1::BodyDecoder::chunked();
  return http1::BodyDecoder::of_length(head.content_length.value_or(0));
}

// As the listener does: what has come is parsed again whenever there is more.
Read read(std::string_view input, fuzz::Cuts cuts) {
  constexpr http1::Limits limits{1024, 20, 256};
  Read out;
  std::string pending;
  std::optional<http1::BodyDecoder> body;
  std::size_t given = 0;
  while (given < input.size() && out.end == Read::End::more) {
    const std::size_t piece = cuts.next(input.size() - given);
    pending.append(input, given, piece);
    given += piece;
    if (!body) {
      auto parsed = http1::parse_request_head(pending, limits);
      if (std::holds_alternative<http1::NeedMore>(parsed)) continue;
      if (const auto* error = std::get_if<http1::ParseError>(&parsed)) {
        FUZZ_CHECK(error->status >= 400 && error->status <= 505 && !error->reason.empty());
        out.end = Read::End::refused;
        break;
      }
      auto& [head, length] = std::get<http1::ParsedRequest>(parsed);
      FUZZ_CHECK(length > 0 && length <= pending.size());
      out.head = std::move(head);
      out.used = length;
      pending.erase(0, length);
      body = decoder_for(out.head);
      if (body->state() == http1::BodyDecoder::State::complete) out.end = Read::End::complete;
    }
    if (out.end != Read::End::more) break;
    const auto fed = body->feed(pending, [&](std::string_view bytes) { out.body.append(bytes); });
    FUZZ_CHECK(fed.consumed <= pending.size());
    FUZZ_CHECK(fed.state != http1::BodyDecoder::State::need_more || fed.consumed == pending.size());
    FUZZ_CHECK(body->decoded() == out.body.size());
    out.used += fed.consumed;
    pending.erase(0, fed.consumed);
    if (fed.state == http1::BodyDecoder::State::complete) out.end = Read::End::complete;
    if (fed.state == http1::BodyDecoder::State::error) out.end = Read::End::refused;
  }
  return out;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::as_text(data, size), nothing;
  const fuzz::Cuts cuts(input);
  const Read whole = read(input, fuzz::Cuts(nothing)), pieces = read(input, cuts);
  FUZZ_CHECK(whole.end == pieces.end);
  if (whole.end != Read::End::complete) return 0;
  FUZZ_CHECK(whole.body == pieces.body && whole.used == pieces.used);
  FUZZ_CHECK(whole.head.method == pieces.head.method && whole.head.target == pieces.head.target &&
             whole.head.headers == pieces.head.headers);
  FUZZ_CHECK(http1::is_token(whole.head.method) && http1::is_target(whole.head.target));
  FUZZ_CHECK(whole.head.path == "*" || whole.head.path[0] == '/');
  FUZZ_CHECK(!(whole.head.chunked && whole.head.content_length));
  for (const auto& [name, value] : whole.head.headers) FUZZ_CHECK(http1::is_token(name) && http1::is_header_value(value));
  return 0;
}
