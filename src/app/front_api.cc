// The API under /api/v1: who answers, and the small resources: Cloud API callbacks, the inbox.
#include "app/front.h"
#include "app/front_tools.h"
#include "app/problem.h"
#include "core/json/writer.h"

namespace chasqui {
namespace {

void append_callback(json::Writer& w, const CloudApiCallback& callback) {
  w.begin_object().key("name").string(callback.name).key("origin").string(callback.origin);
  w.key("path").string(std::string(CloudApi::kPath) + "/" + callback.name);
  w.key("app_secrets").begin_array();
  for (std::size_t i = 0; i < callback.app_secrets.size(); ++i) w.string("***");
  w.end_array().key("verify_token");
  if (callback.verify_token.empty()) {
    w.null();
  } else {
    w.string("***");
  }
  w.end_object();
}

}  // namespace

void Front::api(const ports::IncomingRequest& request, const ports::Respond& respond) {
  const std::string_view path = request.path;
  if (const auto rest = behind(path, "/api/v1/endpoints")) return api_endpoints(request, *rest, respond);
  if (const auto rest = behind(path, "/api/v1/cloud-api/callbacks")) return api_callbacks(request, *rest, respond);
  if (const auto rest = behind(path, "/api/v1/events")) return api_events(request, *rest, respond);
  if (const auto rest = behind(path, "/api/v1/parked")) return api_parked(request, *rest, respond);
  if (path == "/api/v1/trace") return api_trace(request, respond);
  if (path == "/api/v1/inbox" && parts_.inbox != nullptr) {
    const auto limit = number_of(request, "limit", 20, Inbox::kItemsMax);
    return respond(limit ? json_response(200, parts_.inbox->list(*limit)) : problem_of(limit.error()));
  }
  respond(problem(404, "No such resource", "The API has nothing at this path; GET / lists what there is"));
}

void Front::api_callbacks(const ports::IncomingRequest& request, std::string_view rest, const ports::Respond& respond) {
  if (rest.empty()) {
    if (request.method != "GET") return respond(method_not_allowed("GET"));
    std::string out;
    json::Writer w(out);
    w.begin_object().key("callbacks").begin_array();
    for (const auto* callback : parts_.cloud_api.list()) append_callback(w, *callback);
    w.end_array().end_object();
    return respond(json_response(200, std::move(out)));
  }
  const std::string name(rest);
  if (request.method == "DELETE") {
    return parts_.cloud_api.remove(name, [respond](const Status& done) {
      respond(done ? ports::OutgoingResponse{204, {}, ""} : problem_of(done.error()));
    });
  }
  if (request.method != "PUT") return respond(method_not_allowed("PUT, DELETE"));
  const auto object = parser_.parse(*request.body);
  if (!object) return respond(problem_of(object.error()));
  auto callback = CloudApi::read(name, *object);
  if (!callback) return respond(problem_of(callback.error()));
  std::string shown;
  json::Writer w(shown);
  append_callback(w, *callback);
  parts_.cloud_api.save(std::move(*callback), [respond, shown](const Status& done) {
    respond(done ? json_response(200, shown) : problem_of(done.error()));
  });
}

}  // namespace chasqui
