// Decodes a body as it arrives: by length, chunked, or until the connection closes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace chasqui::http1 {

/// Feed it what the connection gives; it hands out the pieces of the body and says when it is whole. Keeps no body bytes.
class BodyDecoder {
 public:
  enum class State { need_more, complete, error };
  struct Fed {
    State state = State::need_more;
    std::size_t consumed = 0;  ///< of the input; the rest belongs to the next message
  };

  static BodyDecoder of_length(std::uint64_t length) { return BodyDecoder(Kind::length, length); }
  static BodyDecoder chunked() { return BodyDecoder(Kind::chunked, 0); }
  static BodyDecoder until_close() { return BodyDecoder(Kind::until_close, 0); }

  /// Calls `sink(std::string_view)` for each decoded piece.
  template <class Sink>
  Fed feed(std::string_view input, Sink&& sink) {
    if (kind_ == Kind::chunked) return feed_chunked(input, sink);
    const std::size_t piece = kind_ == Kind::until_close ? input.size() : static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
    if (piece > 0) hand_out(input.substr(0, piece), sink);
    if (kind_ == Kind::length) {
      left_ -= piece;
      if (left_ == 0) state_ = State::complete;
    }
    return {state_, piece};
  }

  /// The peer closed: a body that lasts until then is complete, any other is truncated.
  State closed() {
    if (state_ == State::need_more) {
      if (kind_ == Kind::until_close) {
        state_ = State::complete;
      } else {
        fail("the connection closed in the middle of the body");
      }
    }
    return state_;
  }

  State state() const { return state_; }
  std::uint64_t decoded() const { return decoded_; }
  const std::string& error() const { return error_; }

 private:
  enum class Kind { length, chunked, until_close };
  enum class Step { size, data, data_end, trailer };
  static constexpr std::size_t kLineMax = 4096;       // a chunk's size line, or a trailer line
  static constexpr std::size_t kTrailersMax = 16384;  // all trailers; they are dropped

  BodyDecoder(Kind kind, std::uint64_t length) : kind_(kind), left_(length) {
    if (kind == Kind::length && length == 0) state_ = State::complete;
  }

  template <class Sink>
  void hand_out(std::string_view piece, Sink& sink) {
    decoded_ += piece.size();
    sink(piece);
  }

  template <class Sink>
  Fed feed_chunked(std::string_view input, Sink& sink) {
    std::size_t at = 0;
    while (state_ == State::need_more && at < input.size()) {
      if (step_ == Step::data) {
        const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size() - at));
        hand_out(input.substr(at, piece), sink);
        at += piece;
        left_ -= piece;
        if (left_ == 0) step_ = Step::data_end;
      } else {
        // The other steps are lines: collected byte-wise until CRLF, however the input is cut.
        const char c = input[at++];
        line_.push_back(c);
        if (c == '\n') {
          line();
        } else if (line_.size() > kLineMax) {
          fail("a chunk line is too long");
        }
      }
    }
    return {state_, at};
  }

  void line();
  void size_line(std::string_view text);
  void fail(const char* why) {
    state_ = State::error;
    error_ = why;
  }

  Kind kind_;
  State state_ = State::need_more;
  Step step_ = Step::size;
  std::uint64_t left_ = 0;
  std::uint64_t decoded_ = 0;
  std::size_t trailers_ = 0;
  std::string line_;
  std::string error_;
};

}  // namespace chasqui::http1
