// A URL: what is taken can be written again and means the same, and breaks no request line.
#include "core/http1/url.h"

#include <string>

#include "core/http1/chars.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace chasqui;
  const std::string_view text = fuzz::as_text(data, size);
  http1::percent_decode(text, true);
  http1::query_value(text, "a");
  const auto url = http1::parse_url(text);
  if (!url) {
    FUZZ_CHECK(!url.error().detail.empty());
    return 0;
  }
  FUZZ_CHECK(!url->host.empty() && url->port != 0 && url->path_and_query.starts_with('/'));
  FUZZ_CHECK(http1::is_target(url->path_and_query) && http1::is_target(url->host_header));
  FUZZ_CHECK(url->host_header.find_first_of("/?#@\\") == std::string::npos);
  auto again = http1::parse_url((url->tls ? "https://" : "http://") + url->host_header + url->path_and_query);
  FUZZ_CHECK(again.has_value());
  again->userinfo = url->userinfo;
  FUZZ_CHECK(*again == *url);
  return 0;
}
