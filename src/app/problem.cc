#include "app/problem.h"

#include "core/json/writer.h"

namespace chasqui {

ports::OutgoingResponse json_response(int status, std::string body) {
  return {status, {{"Content-Type", "application/json"}}, std::move(body)};
}

ports::OutgoingResponse text_response(int status, std::string body) {
  return {status, {{"Content-Type", "text/plain; charset=utf-8"}, {"X-Content-Type-Options", "nosniff"}}, std::move(body)};
}

ports::OutgoingResponse problem(int status, std::string_view title, std::string_view detail) {
  std::string body;
  json::Writer w(body);
  w.begin_object().key("type").string("about:blank").key("title").string(title).key("status").integer(status);
  w.key("detail").string(detail).end_object();
  return {status, {{"Content-Type", "application/problem+json"}}, std::move(body)};
}

ports::OutgoingResponse problem_of(const Error& error) {
  switch (error.kind) {
    case Error::Kind::not_found:
      return problem(404, "Not found", error.detail);
    case Error::Kind::conflict:
      return problem(409, "Conflict", error.detail);
    case Error::Kind::invalid_input:
      return problem(400, "Invalid input", error.detail);
    case Error::Kind::unavailable: {
      auto response = problem(503, "Not now", error.detail);
      response.headers.emplace_back("Retry-After", "2");
      return response;
    }
    case Error::Kind::corrupt:
      return problem(500, "Stored data cannot be read", error.detail);
  }
  return problem(500, "Internal error", error.detail);
}

}  // namespace chasqui
