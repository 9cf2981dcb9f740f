// The API's events: what is in the journal, and the trace of one message.
#include <charconv>
#include <limits>

#include "app/front.h"
#include "app/front_tools.h"
#include "app/problem.h"
#include "core/http1/url.h"
#include "core/json/writer.h"

namespace chasqui {

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
      std::string out;
      json::Writer w(out);
      w.begin_object().key("attempts").begin_array();
      for (const auto& row : *rows) {
        const ports::Failed& a = row.attempt;
        w.begin_object().key("endpoint").string(parts_.endpoints.id_of(a.endpoint)).key("part").string(a.part);
        w.key("attempt").integer(a.attempt).key("delivered").boolean(row.delivered).key("status").integer(a.status);
        w.key("error").string(a.error).key("detail").string(a.detail);
        w.key("started_at_ms").integer(a.started_at_ms).key("duration_us").integer(a.duration_us).end_object();
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

void Front::api_trace(const ports::IncomingRequest& request, const ports::Respond& respond) {
  if (request.method != "GET") return respond(method_not_allowed("GET"));
  if (const auto fits = check_query(request, {"message", "event", "seq", "from"}); !fits)
    return respond(problem_of(fits.error()));
  const auto message = http1::query_value(request.query, "message"), event = http1::query_value(request.query, "event"),
             seq = http1::query_value(request.query, "seq");
  const auto from = number_of(request, "from", 1, std::numeric_limits<std::int64_t>::max());
  const auto number = number_of(request, "seq", 0, std::numeric_limits<std::int64_t>::max());
  if (!from || !number) return respond(problem_of(from ? number.error() : from.error()));
  if ((message ? 1 : 0) + (event ? 1 : 0) + (seq ? 1 : 0) != 1)
    return respond(problem_of(invalid_input("the query must have one of message=<id>, event=<ULID or evt_ULID>, seq=<number>")));
  if (message && message->empty()) return respond(problem_of(invalid_input("message must be the id of a message")));
  TraceQuestion question{message.value_or(""), std::nullopt, std::nullopt, *from};
  if (event) {
    question.event = EventId::parse(std::string_view(*event).substr(event->starts_with("evt_") ? 4 : 0));
    if (!question.event) return respond(problem_of(invalid_input("event must be a ULID of 26 characters, with or without evt_")));
  }
  if (seq) question.seq = *number;
  tracer_.tell(std::move(question), [respond](const Result<std::string>& story) {
    respond(story ? json_response(200, *story) : problem_of(story.error()));
  });
}

}  // namespace chasqui
