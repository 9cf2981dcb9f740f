// A response, cut into pieces, as the client reads it: the same answer as of the whole.
#include <string>

#include "adapters/http/response_reader.h"
#include "core/http1/chars.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace chasqui;
using http::ResponseReader;

struct Read {
  ResponseReader::Progress progress = ResponseReader::Progress::more;
  ports::Answer answer;
  bool keep_alive = false;
  std::size_t used = 0;
};

Read read(std::string_view input, bool head_request, fuzz::Cuts cuts) {
  Read out;
  ResponseReader reader;
  reader.start({.head_bytes_max = 1024, .body_max = 512, .body_kept = 100, .head_request = head_request});
  std::string piece;
  while (!input.empty() && out.progress == ResponseReader::Progress::more) {
    piece.assign(input.substr(0, cuts.next(input.size())));  // a buffer of its own: reading beyond it is noticed
    input.remove_prefix(piece.size());
    std::size_t used = 0;
    out.progress = reader.feed(piece, used);
    FUZZ_CHECK(used <= piece.size());
    out.used += used;
  }
  if (out.progress == ResponseReader::Progress::more) out.progress = reader.end();
  if (out.progress == ResponseReader::Progress::bad) FUZZ_CHECK(!reader.error().empty());
  out.keep_alive = reader.keep_alive();
  out.answer = reader.take_answer();
  return out;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::as_text(data, size), nothing;
  const fuzz::Cuts cuts(input);
  const bool head_request = !input.empty() && input.back() == 'H';
  const Read whole = read(input, head_request, fuzz::Cuts(nothing)), pieces = read(input, head_request, cuts);
  FUZZ_CHECK(whole.progress == pieces.progress);
  if (whole.progress == ResponseReader::Progress::bad) return 0;
  FUZZ_CHECK(whole.answer.status == pieces.answer.status && whole.answer.headers == pieces.answer.headers);
  FUZZ_CHECK(whole.answer.status >= 200 && whole.answer.status <= 999);
  FUZZ_CHECK(whole.answer.body == pieces.answer.body && whole.answer.body.size() <= 100);
  FUZZ_CHECK(whole.answer.body_complete == (whole.progress == ResponseReader::Progress::complete));
  if (whole.progress == ResponseReader::Progress::complete)
    FUZZ_CHECK(whole.used == pieces.used && whole.keep_alive == pieces.keep_alive);
  for (const auto& [name, value] : whole.answer.headers) FUZZ_CHECK(http1::is_token(name) && http1::is_header_value(value));
  return 0;
}
