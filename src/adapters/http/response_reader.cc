#include "adapters/http/response_reader.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace chasqui::http {

namespace {

// "timeout=5, max=100"
std::optional<std::chrono::seconds> timeout_in(std::string_view keep_alive) {
  constexpr std::string_view name = "timeout=";
  const auto at = keep_alive.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  const auto digits = keep_alive.substr(at + name.size());
  unsigned seconds = 0;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), seconds).ec != std::errc()) return std::nullopt;
  return std::chrono::seconds(seconds);
}

}  // namespace

void ResponseReader::start(const Limits& limits) {
  limits_ = limits;
  head_.clear();
  body_.reset();
  answer_ = {};
  error_.clear();
  keep_alive_timeout_.reset();
  interim_ = 0;
  seen_ = false;
  keep_alive_ = false;
}

ResponseReader::Progress ResponseReader::fail(std::string why) {
  error_ = std::move(why);
  return Progress::bad;
}

ResponseReader::Progress ResponseReader::feed(std::string_view bytes, std::size_t& used) {
  seen_ = seen_ || !bytes.empty();
  used = 0;
  if (body_) return feed_body(bytes, used);
  if (head_.empty()) return feed_head(bytes, used);
  // The head came in pieces: `used` counts from its beginning until the pieces before are taken off.
  const auto before = head_.size();
  head_.append(bytes);
  const auto whole = std::exchange(head_, {});
  const auto progress = feed_head(whole, used);
  used -= std::min(used, before);
  return progress;
}

ResponseReader::Progress ResponseReader::feed_head(std::string_view bytes, std::size_t& used) {
  while (true) {
    const auto rest = bytes.substr(used);
    auto parsed = http1::parse_response_head(rest, {.head_bytes_max = limits_.head_bytes_max});
    if (std::holds_alternative<http1::NeedMore>(parsed)) {
      head_.assign(rest);
      used = bytes.size();
      return Progress::more;
    }
    if (auto* const error = std::get_if<http1::ParseError>(&parsed)) return fail(std::move(error->reason));
    auto& [head, length] = std::get<http1::ParsedResponse>(parsed);
    used += length;
    if (head.status == 101) return fail("the peer switched to another protocol, unasked");
    if (head.status < 200) {
      if (++interim_ > interim_max) return fail("too many interim responses");
      continue;
    }
    const auto progress = begin_body(std::move(head));
    if (progress != Progress::more) return progress;
    return feed_body(bytes, used);
  }
}

ResponseReader::Progress ResponseReader::begin_body(http1::ResponseHead head) {
  answer_.status = head.status;
  answer_.headers = std::move(head.headers);
  keep_alive_ = head.keep_alive;
  if (const auto value = answer_.header("keep-alive")) keep_alive_timeout_ = timeout_in(*value);
  if (!head.has_body || limits_.head_request) {
    body_ = http1::BodyDecoder::of_length(0);
  } else if (head.chunked) {
    body_ = http1::BodyDecoder::chunked();
  } else if (head.content_length) {
    body_ = http1::BodyDecoder::of_length(*head.content_length);
  } else {
    body_ = http1::BodyDecoder::until_close();
    keep_alive_ = false;
  }
  return body_->state() == http1::BodyDecoder::State::complete ? Progress::complete : Progress::more;
}

ResponseReader::Progress ResponseReader::feed_body(std::string_view bytes, std::size_t& used) {
  const auto fed = body_->feed(bytes.substr(used), [this](std::string_view piece) {
    const auto room = std::min(limits_.body_kept, limits_.body_max) - answer_.body.size();
    answer_.body.append(piece.substr(0, std::min(piece.size(), room)));
  });
  used += fed.consumed;
  if (fed.state == http1::BodyDecoder::State::error) return fail(body_->error());
  if (body_->decoded() > limits_.body_max) {
    answer_.body_complete = false;
    return Progress::too_long;
  }
  return fed.state == http1::BodyDecoder::State::complete ? Progress::complete : Progress::more;
}

ResponseReader::Progress ResponseReader::end() {
  if (body_ && body_->closed() == http1::BodyDecoder::State::complete) return Progress::complete;
  return fail("the connection was closed within the answer");
}

}  // namespace chasqui::http
