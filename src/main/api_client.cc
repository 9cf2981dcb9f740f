#include "main/api_client.h"

#include "adapters/http/asio_loop.h"
#include "adapters/http/http_client.h"
#include "core/json/value.h"

namespace chasqui {
namespace {

constexpr Millis kPatience{120'000};            // a trace may look through a large journal
constexpr std::size_t kAnswerMax = 256u << 20;  // more than any page of the API

ports::OutgoingRequest request_for(const ApiServer& server, const http1::Url& url, std::string_view method, std::string_view path,
                                   std::string body) {
  ports::OutgoingRequest request;
  request.origin = {url.tls, url.host, url.port};
  std::string base = url.path_and_query.substr(0, url.path_and_query.find('?'));
  while (base.ends_with('/')) base.pop_back();
  request.head.append(method).append(" ").append(base).append(path).append(" HTTP/1.1\r\nHost: ").append(url.host_header);
  request.head.append("\r\nAccept: application/json\r\n");
  if (!server.api_key.empty()) request.head.append("X-Api-Key: ").append(server.api_key).append("\r\n");
  if (!body.empty()) request.head.append("Content-Type: application/json\r\n");
  request.head.append("Content-Length: ").append(std::to_string(body.size())).append("\r\nConnection: close\r\n\r\n");
  request.body = std::move(body);
  request.response_body_max = request.response_body_kept = kAnswerMax;
  return request;
}

Error refusal(const ports::Answer& answer) {
  json::Document parser;
  std::string detail = "status " + std::to_string(answer.status);
  if (const auto problem = parser.parse(answer.body); problem && (*problem)["detail"].is_string())
    detail = (*problem)["detail"].text();
  if (answer.status == 401) detail = "the server wants its API key: give it with --api-key or CHASQUI_API_KEY";
  return invalid_input("the server refuses: " + detail);
}

}  // namespace

std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                       c == '.' || c == '~';
    if (plain) {
      out.push_back(c);
    } else {
      out.push_back('%');
      out.push_back(digits[byte >> 4]);
      out.push_back(digits[byte & 15]);
    }
  }
  return out;
}

Result<std::string> ask(const ApiServer& server, std::string_view method, std::string_view path, std::string body) {
  const auto url = http1::parse_url(server.url);
  if (!url) return invalid_input("--url or CHASQUI_URL: " + url.error().detail);
  if (server.api_key.find_first_of("\r\n") != std::string::npos)
    return invalid_input("--api-key or CHASQUI_API_KEY must be one line");
  http::AsioLoop loop;
  http::HttpClientSettings settings;
  settings.ca_file = server.ca_file;
  auto client = http::AsioHttpClient::make(loop, settings);
  if (!client) return client.error();
  auto request = request_for(server, *url, method, path, std::move(body));
  request.deadline = loop.steady_now() + kPatience;
  ports::Answer answer;
  (*client)->send(std::move(request), [&](ports::Answer got) {
    answer = std::move(got);
    loop.stop();
  });
  loop.run();
  (*client)->stop();
  if (answer.status == 0)
    return unavailable("cannot reach " + server.url + " (" + std::string(ports::word(answer.error)) + ": " + answer.detail +
                       "); is the server running? Say where with --url or CHASQUI_URL");
  if (!answer.body_complete) return unavailable("the answer is too long; ask for less");
  if (answer.status < 200 || answer.status > 299) return refusal(answer);
  return std::move(answer.body);
}

}  // namespace chasqui
