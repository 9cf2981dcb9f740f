// The API under /api/v1: endpoints, Cloud API callbacks, events, parked deliveries, inbox.
#include <algorithm>
#include <charconv>

#include "app/front.h"
#include "app/problem.h"
#include "core/http1/url.h"
#include "core/json/writer.h"

namespace chasqui {
namespace {

constexpr std::size_t kListMax = 500;

ports::OutgoingResponse method_not_allowed(std::string_view allowed) {
  auto response = problem(405, "Method not allowed", "This path takes " + std::string(allowed));
  response.headers.emplace_back("Allow", allowed);
  return response;
}

// A whole number of the query. @return invalid_input naming it when it is none, or out of range.
Result<std::uint64_t> number_of(const ports::IncomingRequest& request, std::string_view name, std::uint64_t otherwise,
                                std::uint64_t most) {
  const auto text = http1::query_value(request.query, name);
  if (!text) return otherwise;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || end != text->data() + text->size() || value > most)
    return invalid_input(std::string(name) + " must be a whole number of at most " + std::to_string(most));
  return value;
}

// The path behind `prefix`; nullopt when it does not begin so. "/api/v1/endpoints/x" behind "/api/v1/endpoints" is "x".
std::optional<std::string_view> behind(std::string_view path, std::string_view prefix) {
  if (!path.starts_with(prefix)) return std::nullopt;
  path.remove_prefix(prefix.size());
  if (path.empty()) return path;
  if (path[0] != '/') return std::nullopt;
  return path.substr(1);
}

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

void append_parked(json::Writer& w, const ports::Parked& p, const std::string& endpoint) {
  w.begin_object().key("endpoint").string(endpoint).key("seq").unsigned_integer(p.seq).key("part").string(p.part);
  w.key("reason").string(p.reason).key("attempts").integer(p.attempts).key("parked_at_ms").integer(p.parked_at_ms).end_object();
}

}  // namespace

void Front::api(const ports::IncomingRequest& request, const ports::Respond& respond) {
  const std::string_view path = request.path;
  if (const auto rest = behind(path, "/api/v1/endpoints")) return api_endpoints(request, *rest, respond);
  if (const auto rest = behind(path, "/api/v1/cloud-api/callbacks")) return api_callbacks(request, *rest, respond);
  if (const auto rest = behind(path, "/api/v1/events")) return api_events(request, *rest, respond);
  if (path == "/api/v1/parked") return api_parked(request, respond);
  if (path == "/api/v1/inbox" && parts_.inbox != nullptr) {
    const auto limit = number_of(request, "limit", 20, Inbox::kItemsMax);
    return respond(limit ? json_response(200, parts_.inbox->list(*limit)) : problem_of(limit.error()));
  }
  respond(problem(404, "No such resource", "The API has nothing at this path; GET / lists what there is"));
}

void Front::show_endpoint(const EndpointSettings& settings, int status, const ports::Respond& respond) const {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  append_shown(w, settings);
  w.end_object();
  respond(json_response(status, std::move(out)));
}

void Front::api_endpoints(const ports::IncomingRequest& request, std::string_view rest, const ports::Respond& respond) {
  const auto answer = [this, respond](int status) {
    return [this, respond, status](const Result<EndpointSettings>& result) {
      if (!result) return respond(problem_of(result.error()));
      if (status == 204) return respond({204, {}, ""});
      show_endpoint(*result, status, respond);
    };
  };
  const auto body = [&]() -> Result<json::Value> { return parser_.parse(*request.body); };
  if (rest.empty()) {
    if (request.method == "POST") {
      const auto object = body();
      return object ? parts_.endpoints.create(*object, answer(201)) : respond(problem_of(object.error()));
    }
    if (request.method != "GET") return respond(method_not_allowed("GET, POST"));
    std::string out;
    json::Writer w(out);
    w.begin_object().key("endpoints").begin_array();
    for (const auto* settings : parts_.endpoints.list()) {
      w.begin_object();
      append_shown(w, *settings);
      w.end_object();
    }
    w.end_array().end_object();
    return respond(json_response(200, std::move(out)));
  }
  const std::string id(rest.substr(0, rest.find('/')));
  if (request.method == "PATCH" && id.size() == rest.size()) {
    const auto object = body();
    return object ? parts_.endpoints.change(id, *object, answer(200)) : respond(problem_of(object.error()));
  }
  if (request.method == "DELETE" && id.size() == rest.size()) return parts_.endpoints.remove(id, answer(204));
  if (request.method != "GET") return respond(method_not_allowed("GET, PATCH, DELETE"));
  const EndpointSettings* settings = parts_.endpoints.find(id);
  if (settings == nullptr) return respond(problem_of(not_found("no endpoint has the id " + id)));
  if (rest == id + "/stats") {
    const EndpointStats stats = parts_.dispatcher.stats(settings->no);
    std::string out;
    json::Writer w(out);
    w.begin_object().key("id").string(id).key("delivered").unsigned_integer(stats.delivered);
    w.key("failed_attempts").unsigned_integer(stats.failed_attempts).key("parked").unsigned_integer(stats.parked);
    w.key("state").string(stats.state).key("hold_ms").integer(stats.hold_ms).key("outages").integer(stats.outages);
    w.key("lag_events")
        .unsigned_integer(stats.backlog)
        .key("lag_events_exact")
        .boolean(stats.backlog_exact)
        .key("lag_ms")
        .integer(stats.lag_ms);
    w.key("in_flight").unsigned_integer(stats.in_flight).key("in_flight_allowed").unsigned_integer(stats.in_flight_allowed);
    w.key("lanes_deferred").unsigned_integer(stats.lanes_deferred).key("loaded").unsigned_integer(stats.loaded);
    w.key("loaded_bytes").unsigned_integer(stats.loaded_bytes).key("last_error").string(stats.last_error).end_object();
    return respond(json_response(200, std::move(out)));
  }
  if (rest != id) return respond(problem_of(not_found("an endpoint has nothing at this path but /stats")));
  show_endpoint(*settings, 200, respond);
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

void Front::api_events(const ports::IncomingRequest& request, std::string_view rest, const ports::Respond& respond) {
  if (request.method != "GET") return respond(method_not_allowed("GET"));
  if (!rest.empty()) {
    Seq seq = 0;
    const std::string_view number = rest.substr(0, rest.find('/'));
    const auto end = std::from_chars(number.data(), number.data() + number.size(), seq).ptr;
    if (end != number.data() + number.size() || rest.substr(number.size()) != "/attempts")
      return respond(problem_of(not_found("events have /api/v1/events?from=<seq> and /api/v1/events/<seq>/attempts")));
    return parts_.store.attempts(seq, [this, respond](const Result<std::vector<ports::AttemptRow>>& rows) {
      if (!rows) return respond(problem_of(rows.error()));
      const auto endpoints = parts_.endpoints.list();
      std::string out;
      json::Writer w(out);
      w.begin_object().key("attempts").begin_array();
      for (const auto& row : *rows) {
        const auto it = std::find_if(endpoints.begin(), endpoints.end(), [&](auto* e) { return e->no == row.attempt.endpoint; });
        w.begin_object()
            .key("endpoint")
            .string(it == endpoints.end() ? "deleted" : (*it)->id)
            .key("part")
            .string(row.attempt.part);
        w.key("attempt")
            .integer(row.attempt.attempt)
            .key("delivered")
            .boolean(row.delivered)
            .key("status")
            .integer(row.attempt.status);
        w.key("error").string(row.attempt.error).key("detail").string(row.attempt.detail);
        w.key("started_at_ms")
            .integer(row.attempt.started_at_ms)
            .key("duration_us")
            .integer(row.attempt.duration_us)
            .end_object();
      }
      w.end_array().end_object();
      respond(json_response(200, std::move(out)));
    });
  }
  const auto from = number_of(request, "from", 1, std::numeric_limits<std::int64_t>::max());
  const auto limit = number_of(request, "limit", 50, kListMax);
  if (!from || !limit) return respond(problem_of(from ? limit.error() : from.error()));
  parts_.store.read({*from, *limit, 4u << 20, std::nullopt}, [respond](const Result<ports::ReadPage>& page) {
    if (!page) return respond(problem_of(page.error()));
    std::string out;
    json::Writer w(out);
    w.begin_object().key("next").unsigned_integer(page->next).key("events").begin_array();
    for (const auto& event : page->events)
      w.begin_object().key("seq").unsigned_integer(event.seq).key("event").raw(event.record).end_object();
    w.end_array().end_object();
    respond(json_response(200, std::move(out)));
  });
}

void Front::api_parked(const ports::IncomingRequest& request, const ports::Respond& respond) {
  if (request.method != "GET") return respond(method_not_allowed("GET"));
  const auto limit = number_of(request, "limit", 50, kListMax);
  if (!limit) return respond(problem_of(limit.error()));
  parts_.store.parked(
      {std::nullopt, std::nullopt, std::nullopt, *limit, false}, [this, respond](const Result<std::vector<ports::Parked>>& rows) {
        if (!rows) return respond(problem_of(rows.error()));
        const auto endpoints = parts_.endpoints.list();
        std::string out;
        json::Writer w(out);
        w.begin_object().key("parked").begin_array();
        for (const auto& row : *rows) {
          const auto it = std::find_if(endpoints.begin(), endpoints.end(), [&](auto* e) { return e->no == row.endpoint; });
          append_parked(w, row, it == endpoints.end() ? "deleted" : (*it)->id);
        }
        w.end_array().end_object();
        respond(json_response(200, std::move(out)));
      });
}

}  // namespace chasqui
