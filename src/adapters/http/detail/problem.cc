#include "adapters/http/detail/problem.h"

#include "core/http1/head.h"
#include "core/json/writer.h"

namespace chasqui::http {

ports::OutgoingResponse problem(int status, std::string_view detail) {
  ports::OutgoingResponse response;
  response.status = status;
  response.headers.emplace_back("Content-Type", "application/problem+json");
  json::Writer writer(response.body);
  writer.begin_object().key("type").string("about:blank").key("title").string(http1::reason_phrase(status));
  writer.key("status").integer(status).key("detail").string(detail).end_object();
  return response;
}

}  // namespace chasqui::http
