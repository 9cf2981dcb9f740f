#include "core/delivery/frozen.h"

#include "core/json/value.h"
#include "core/json/writer.h"

namespace chasqui {

std::string freeze(const Request& request) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  w.key("part").string(request.part).key("method").string(request.method).key("url_suffix").string(request.url_suffix);
  w.key("headers").begin_array();
  for (const auto& [name, value] : request.headers) w.begin_array().string(name).string(value).end_array();
  w.end_array();
  w.key("body").string(request.body);
  w.end_object();
  return out;
}

Result<Request> thaw(std::string_view frozen) {
  json::Document parser;
  const auto root = parser.parse(frozen);
  if (!root || !(*root)["body"].is_string()) return corrupt("a frozen request cannot be read");
  Request request;
  request.part = (*root)["part"].text();
  request.method = (*root)["method"].text();
  request.url_suffix = (*root)["url_suffix"].text();
  request.body = (*root)["body"].text();
  for (const auto& pair : (*root)["headers"].items()) {
    const auto both = pair.items();
    if (both.size() != 2) return corrupt("a frozen request cannot be read");
    request.headers.emplace_back(both[0].text(), both[1].text());
  }
  return request;
}

}  // namespace chasqui
