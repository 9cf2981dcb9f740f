// `chasqui listen`: a receiver for the terminal, which verifies and prints.
#pragma once

#include <cstdint>
#include <string>

namespace chasqui {

struct ListenSettings {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;
  std::string hmac_key;      ///< WAHA's X-Webhook-Hmac is checked with it; empty = signatures are shown as unchecked
  bool headers = false;      ///< print the headers too
  bool compact = false;      ///< one line a webhook
  int answer = 200;          ///< status to answer with: to try retries
  int count = 0;             ///< stop after so many; 0 = never
};

/// @return the exit code: 0 stopped as asked, 1 could not start, 4 when `count` was reached and a signature was wrong or missing.
int listen(const ListenSettings& settings);

}  // namespace chasqui
