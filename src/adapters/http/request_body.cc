#include "adapters/http/request_body.h"

#include <algorithm>
#include <utility>

namespace chasqui::http {

namespace {
/// Room made at first for a body whose length is known; then it doubles.
constexpr std::size_t first_room = 64u << 10;
}  // namespace

RequestBody::Progress RequestBody::start(const http1::RequestHead& head, std::size_t max) {
  chunked_.reset();
  received_ = 0;
  length_ = 0;
  max_ = max;
  body_.reset();
  if (head.chunked) {
    chunked_ = http1::BodyDecoder::chunked();
    body_ = std::make_shared<std::string>();
    return Progress::more;
  }
  const auto length = head.content_length.value_or(0);
  if (length > max) return Progress::too_long;
  length_ = static_cast<std::size_t>(length);
  return length_ == 0 ? Progress::complete : Progress::more;
}

RequestBody::Progress RequestBody::feed(std::string_view bytes, std::size_t& used) {
  used = 0;
  if (chunked_) return feed_chunked(bytes, used);
  used = std::min(bytes.size(), length_ - received_);
  if (!body_ && used == length_) {  // all of it arrived with its head
    body_ = std::make_shared<std::string>(bytes.substr(0, used));
    return filled(used);
  }
  for (std::size_t taken = 0; taken < used;) {
    const auto into = room();
    const auto count = std::min(into.size(), used - taken);
    std::copy_n(bytes.data() + taken, count, into.data());
    taken += count;
    filled(count);
  }
  return filled(0);
}

std::span<char> RequestBody::room() {
  if (chunked_ || received_ == length_) return {};
  if (!body_) body_ = std::make_shared<std::string>();
  if (body_->size() == received_) {
    const auto size = std::min(length_, std::max(first_room, 2 * received_));
    if (size > body_->capacity()) {  // a string that grows by itself takes up to twice what it needs
      std::string larger;
      larger.reserve(size);
      *body_ = std::move(larger.append(*body_));
    }
    body_->resize(size);
  }
  return {body_->data() + received_, body_->size() - received_};
}

RequestBody::Progress RequestBody::filled(std::size_t count) {
  received_ += count;
  return received_ == length_ ? Progress::complete : Progress::more;
}

RequestBody::Progress RequestBody::feed_chunked(std::string_view bytes, std::size_t& used) {
  const auto fed = chunked_->feed(bytes, [this](std::string_view piece) {
    if (body_->size() + piece.size() <= max_) body_->append(piece);
  });
  used = fed.consumed;
  received_ = static_cast<std::size_t>(chunked_->decoded());
  if (received_ > max_) return Progress::too_long;
  if (fed.state == http1::BodyDecoder::State::error) {
    error_ = chunked_->error();
    return Progress::bad;
  }
  return fed.state == http1::BodyDecoder::State::complete ? Progress::complete : Progress::more;
}

std::shared_ptr<const std::string> RequestBody::take() {
  static const auto none = std::make_shared<const std::string>();
  return body_ ? std::shared_ptr<const std::string>(std::exchange(body_, nullptr)) : none;
}

}  // namespace chasqui::http
