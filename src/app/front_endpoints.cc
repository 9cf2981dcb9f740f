// The API's endpoints: settings, shortcuts for what people do most, statistics, ends.
#include <algorithm>

#include "app/front.h"
#include "app/front_tools.h"
#include "app/problem.h"
#include "core/json/writer.h"

namespace chasqui {
namespace {

void append_endpoint(json::Writer& w, const EndpointSettings& s) {
  w.begin_object();
  append_shown(w, s);
  if (s.deleted_at_ms != 0) w.key("deleted_at_ms").integer(s.deleted_at_ms).key("restorable").boolean(!s.backlog_ended);
  w.end_object();
}

std::string stats_json(const std::string& id, const EndpointStats& stats) {
  std::string out;
  json::Writer w(out);
  w.begin_object().key("id").string(id).key("delivered").unsigned_integer(stats.delivered);
  w.key("failed_attempts").unsigned_integer(stats.failed_attempts).key("parked").unsigned_integer(stats.parked);
  w.key("state").string(stats.state).key("hold_ms").integer(stats.hold_ms).key("outages").integer(stats.outages);
  w.key("lag_events").unsigned_integer(stats.backlog).key("lag_events_exact").boolean(stats.backlog_exact);
  w.key("lag_ms").integer(stats.lag_ms);
  w.key("in_flight").unsigned_integer(stats.in_flight).key("in_flight_allowed").unsigned_integer(stats.in_flight_allowed);
  w.key("lanes_deferred").unsigned_integer(stats.lanes_deferred).key("loaded").unsigned_integer(stats.loaded);
  w.key("loaded_bytes").unsigned_integer(stats.loaded_bytes).key("last_error").string(stats.last_error).end_object();
  return out;
}

}  // namespace

Endpoints::Done Front::endpoint_answer(int status, const ports::Respond& respond) const {
  return [respond, status](const Result<EndpointSettings>& result) {
    if (!result) return respond(problem_of(result.error()));
    if (status == 204) return respond({204, {}, ""});
    std::string out;
    json::Writer w(out);
    append_endpoint(w, *result);
    respond(json_response(status, std::move(out)));
  };
}

void Front::api_endpoints(const ports::IncomingRequest& request, std::string_view rest, const ports::Respond& respond) {
  if (rest.empty()) return api_all_endpoints(request, respond);
  const auto slash = rest.find('/');
  const std::string id(rest.substr(0, slash));
  if (slash != std::string_view::npos) return api_endpoint_part(request, id, rest.substr(slash + 1), respond);
  if (request.method == "PATCH") {
    const auto object = parser_.parse(*request.body);
    return object ? parts_.endpoints.change(id, *object, endpoint_answer(200, respond)) : respond(problem_of(object.error()));
  }
  if (request.method == "DELETE") return parts_.endpoints.remove(id, endpoint_answer(204, respond));
  if (request.method != "GET") return respond(method_not_allowed("GET, PATCH, DELETE"));
  const EndpointSettings* settings = parts_.endpoints.find(id);
  if (settings == nullptr) return respond(problem_of(not_found("no endpoint has the id " + id)));
  endpoint_answer(200, respond)(*settings);
}

void Front::api_all_endpoints(const ports::IncomingRequest& request, const ports::Respond& respond) {
  if (request.method == "POST") {
    const auto object = parser_.parse(*request.body);
    return object ? parts_.endpoints.create(*object, endpoint_answer(201, respond)) : respond(problem_of(object.error()));
  }
  if (request.method != "GET") return respond(method_not_allowed("GET, POST"));
  if (const auto fits = check_query(request, {"deleted"}); !fits) return respond(problem_of(fits.error()));
  const auto deleted = flag_of(request, "deleted");
  if (!deleted) return respond(problem_of(deleted.error()));
  std::string out;
  json::Writer w(out);
  w.begin_object().key("endpoints").begin_array();
  for (const auto& target : parts_.endpoints.all())
    if (*deleted || target->settings.deleted_at_ms == 0) append_endpoint(w, target->settings);
  w.end_array().end_object();
  respond(json_response(200, std::move(out)));
}

void Front::api_endpoint_part(const ports::IncomingRequest& request, const std::string& id, std::string_view part,
                              const ports::Respond& respond) {
  if (part == "stats" || part == "ended") {
    if (request.method != "GET") return respond(method_not_allowed("GET"));
    if (part == "ended") return api_ended(request, id, respond);
    const EndpointSettings* settings = parts_.endpoints.find(id);
    if (settings == nullptr) return respond(problem_of(not_found("no endpoint has the id " + id)));
    return respond(json_response(200, stats_json(id, parts_.dispatcher.stats(settings->no))));
  }
  // Each is a PATCH of one member, or the way back from a DELETE.
  struct Shortcut {
    std::string_view name, patch;
  };
  static constexpr Shortcut kShortcuts[] = {{"pause", R"({"paused":true})"},
                                            {"resume", R"({"paused":false})"},
                                            {"disable", R"({"disabled":true})"},
                                            {"enable", R"({"disabled":false})"},
                                            {"restore", ""}};
  const auto* shortcut =
      std::find_if(std::begin(kShortcuts), std::end(kShortcuts), [&](const auto& s) { return s.name == part; });
  if (shortcut == std::end(kShortcuts))
    return respond(problem_of(not_found(
        "an endpoint has /stats and /ended to look at, and takes POST to /pause, /resume, /disable, /enable, /restore")));
  if (request.method != "POST") return respond(method_not_allowed("POST"));
  if (!shortcut->patch.empty()) {
    const auto object = parser_.parse(shortcut->patch);
    CHASQUI_CHECK(object.has_value(), "the shortcuts are JSON");
    return parts_.endpoints.change(id, *object, endpoint_answer(200, respond));
  }
  if (parts_.endpoints.find(id) != nullptr) return respond(problem_of(conflict("the endpoint " + id + " is not deleted")));
  parts_.endpoints.restore_deleted(id, endpoint_answer(200, respond));
}

void Front::api_ended(const ports::IncomingRequest& request, const std::string& id, const ports::Respond& respond) {
  if (const auto fits = check_query(request, {"limit"}); !fits) return respond(problem_of(fits.error()));
  const auto limit = number_of(request, "limit", 50, kListMax);
  if (!limit) return respond(problem_of(limit.error()));
  const auto target = parts_.endpoints.find_any(id);
  if (target == nullptr) return respond(problem_of(not_found("no endpoint has or had the id " + id)));
  parts_.store.ended(target->settings.no, *limit, [respond](const Result<std::vector<ports::Ended>>& rows) {
    if (!rows) return respond(problem_of(rows.error()));
    std::string out;
    json::Writer w(out);
    w.begin_object().key("ended").begin_array();
    for (const auto& row : *rows) {
      w.begin_object().key("from").unsigned_integer(row.from).key("until").unsigned_integer(row.until);
      w.key("count").unsigned_integer(row.count).key("kind").string(word(row.kind)).key("reason").string(row.reason);
      w.key("part").string(row.part).key("at_ms").integer(row.at_ms).end_object();
    }
    w.end_array().end_object();
    respond(json_response(200, std::move(out)));
  });
}

}  // namespace chasqui
