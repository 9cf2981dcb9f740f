// What the source posts: Cloud API text messages of about 1.2 KB, signed as Meta signs them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct evp_mac_ctx_st;

namespace chasqui::bench {

/// A keyed hash whose context stays keyed between messages.
class Hmac {
 public:
  /// @param digest  "SHA256" or "SHA512".
  Hmac(const char* digest, std::string_view key);
  ~Hmac();
  Hmac(const Hmac&) = delete;
  Hmac& operator=(const Hmac&) = delete;

  /// Writes the code over `message` as lower-case hex; `out` has room for 64 or 128 characters.
  void write_hex(char* out, std::string_view message);
  std::string hex(std::string_view message);

 private:
  evp_mac_ctx_st* context_;
  std::size_t size_;
};

/// Makes requests by writing numbers into one prepared text: the generator must cost much less than what it measures.
class Messages {
 public:
  /// @param path  what is posted to.
  Messages(std::string_view path, std::string_view app_secret);

  /// The whole request; valid until the next call.
  /// @param session  below 10,000: the last digits of the phone_number_id, see phone_number_id().
  /// @param chat     below 10,000,000: the last digits of the sender's number.
  std::string_view request(std::uint64_t number, int session, int chat);
  std::string_view body(std::uint64_t number, int session, int chat);

  static std::string phone_number_id(int session);
  /// The number of the message that a webhook is about.
  static std::optional<std::uint64_t> number_in(std::string_view webhook);

 private:
  struct Field {
    std::size_t at, width;
  };
  void write(const std::vector<Field>& fields, std::uint64_t value);

  Hmac mac_;
  std::string text_;
  std::size_t signature_ = 0, body_ = 0;
  std::vector<Field> numbers_, sessions_, chats_, times_;
};

}  // namespace chasqui::bench
