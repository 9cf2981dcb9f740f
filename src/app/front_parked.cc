// The API's parked deliveries: list them, send them again, or drop them.
#include <algorithm>
#include <map>

#include "app/front.h"
#include "app/front_tools.h"
#include "app/problem.h"
#include "core/http1/url.h"
#include "core/json/writer.h"

namespace chasqui {
namespace {

constexpr std::size_t kFetchEvents = 8;  // events read at once to name parked deliveries: each may bring megabytes of raw bytes
constexpr std::size_t kNoteMax = 1000;

}  // namespace

// A page of the list, while its events are looked up.
struct Front::ParkedList {
  struct Named {
    std::string event, type, message;
  };
  std::vector<ports::Parked> rows;
  std::vector<Seq> seqs;  // of the rows, ascending, once each
  std::map<Seq, Named> named;
  std::size_t at = 0;
  ports::Respond respond;
};

void Front::api_parked(const ports::IncomingRequest& request, std::string_view rest, const ports::Respond& respond) {
  if (rest == "resume" || rest == "drop") {
    if (request.method != "POST") return respond(method_not_allowed("POST"));
    return repair_parked(request, rest == "drop", respond);
  }
  if (!rest.empty())
    return respond(problem_of(not_found("parked deliveries have /api/v1/parked, and POST to /resume and /drop")));
  if (request.method != "GET") return respond(method_not_allowed("GET; POST goes to /api/v1/parked/resume or /drop"));
  if (const auto fits = check_query(request, {"endpoint", "limit"}); !fits) return respond(problem_of(fits.error()));
  const auto limit = number_of(request, "limit", 50, kListMax);
  if (!limit) return respond(problem_of(limit.error()));
  ports::ParkedFilter filter;
  filter.limit = *limit;
  if (const auto id = http1::query_value(request.query, "endpoint")) {
    const auto target = parts_.endpoints.find_any(*id);
    if (target == nullptr) return respond(problem_of(not_found("endpoint: no endpoint has or had the id " + *id)));
    filter.endpoint = target->settings.no;
  }
  parts_.store.parked(filter, [this, respond](Result<std::vector<ports::Parked>> rows) {
    if (!rows) return respond(problem_of(rows.error()));
    auto list = std::make_shared<ParkedList>();
    list->rows = std::move(*rows);
    list->respond = respond;
    for (const auto& row : list->rows) list->seqs.push_back(row.seq);
    std::sort(list->seqs.begin(), list->seqs.end());
    list->seqs.erase(std::unique(list->seqs.begin(), list->seqs.end()), list->seqs.end());
    name_parked(list);
  });
}

void Front::name_parked(const std::shared_ptr<ParkedList>& list) {
  if (list->at < list->seqs.size()) {
    ports::FetchList wanted;
    const std::size_t end = std::min(list->at + kFetchEvents, list->seqs.size());
    wanted.seqs.assign(list->seqs.begin() + static_cast<std::ptrdiff_t>(list->at),
                       list->seqs.begin() + static_cast<std::ptrdiff_t>(end));
    list->at = end;
    return parts_.store.fetch(std::move(wanted), [this, list](const Result<std::vector<ports::Fetched>>& fetched) {
      if (!fetched) return list->respond(problem_of(fetched.error()));
      for (const auto& item : *fetched) {
        ParkedList::Named& named = list->named[item.event.seq];
        named.event = item.event.id.text();
        named.type = word(item.event.type);
        if (const auto event = event_from_json(parser_, item.event.record)) named.message = message_id_of(*event);
      }
      name_parked(list);
    });
  }
  std::string out;
  json::Writer w(out);
  w.begin_object().key("parked").begin_array();
  for (const auto& row : list->rows) {
    const ParkedList::Named& named = list->named[row.seq];  // empty when the event's retention is over
    w.begin_object().key("endpoint").string(parts_.endpoints.id_of(row.endpoint)).key("seq").unsigned_integer(row.seq);
    w.key("part").string(row.part).key("event").string(named.event).key("type").string(named.type);
    w.key("message").string(named.message).key("reason").string(row.reason).key("attempts").integer(row.attempts);
    w.key("parked_at_ms").integer(row.parked_at_ms).end_object();
  }
  w.end_array().end_object();
  list->respond(json_response(200, std::move(out)));
}

Result<Front::Repair> Front::read_repair(json::Value body, bool drop) const {
  const Status known = drop ? check_members(body, {"endpoint", "seq", "part", "all", "note"})
                            : check_members(body, {"endpoint", "seq", "part", "all"});
  if (!known) return known.error();
  Repair repair;
  const auto endpoint = body["endpoint"], seq = body["seq"], part = body["part"], all = body["all"], note = body["note"];
  if (all.exists() && !all.boolean()) return invalid_input("all must be true or false");
  const bool wants_all = all.boolean().value_or(false);
  if (endpoint.exists() == wants_all)
    return invalid_input(wants_all ? "endpoint and all exclude each other; leave one out"
                                   : "endpoint must be given, or \"all\": true for the deliveries of all endpoints");
  if (seq.exists()) {
    const auto number = seq.integer();
    if (!number || *number < 1) return invalid_input("seq must be a whole number from 1 on");
    repair.filter.seq = static_cast<Seq>(*number);
  }
  if (part.exists()) {
    if (!part.is_string()) return invalid_input("part must be a string, such as message");
    repair.filter.part = part.text();
  }
  if (drop) {
    if (!note.is_string() || note.string()->empty() || note.string()->size() > kNoteMax)
      return invalid_input("note must say why, in a string of 1 to 1000 bytes: it stays with what was dropped");
    repair.note = note.text();
  }
  if (wants_all) {
    // Resuming for an endpoint that gets nothing would hide its deliveries from this list and send none.
    for (const auto& target : parts_.endpoints.all())
      if (drop || (target->settings.deleted_at_ms == 0 && !target->settings.disabled))
        repair.endpoints.push_back(target->settings.no);
    return repair;
  }
  if (!endpoint.is_string()) return invalid_input("endpoint must be the id of an endpoint, such as ep_env");
  const auto target = parts_.endpoints.find_any(endpoint.text());
  if (target == nullptr) return not_found("endpoint: no endpoint has or had the id " + endpoint.text());
  if (!drop && target->settings.deleted_at_ms != 0) return conflict("endpoint: it is deleted; restore it first");
  if (!drop && target->settings.disabled) return conflict("endpoint: it is disabled; enable it first");
  repair.endpoints.push_back(target->settings.no);
  return repair;
}

void Front::repair_parked(const ports::IncomingRequest& request, bool drop, const ports::Respond& respond) {
  const auto body = parser_.parse(*request.body);
  if (!body) return respond(problem_of(body.error()));
  auto repair = read_repair(*body, drop);
  if (!repair) return respond(problem_of(repair.error()));
  if (parts_.journal.failing()) return respond(problem_of(unavailable("the store cannot write")));
  // Two at once could take the same delivery off the list twice.
  if (std::exchange(repairing_, true))
    return respond(problem_of(conflict("another resume or drop is under way; try again when it is done")));
  repair->drop = drop;
  repair_next(std::make_shared<Repair>(std::move(*repair)), respond);
}

void Front::repair_next(const std::shared_ptr<Repair>& repair, const ports::Respond& respond) {
  if (repair->at == repair->endpoints.size()) {
    repairing_ = false;
    std::string out;
    json::Writer w(out);
    w.begin_object().key(repair->drop ? "dropped" : "resumed").unsigned_integer(repair->handled).end_object();
    return respond(json_response(200, std::move(out)));
  }
  ports::ParkedFilter filter = repair->filter;
  filter.endpoint = repair->endpoints[repair->at++];
  const auto done = [this, repair, respond](const Result<std::uint64_t>& handled) {
    if (!handled) {
      repairing_ = false;
      return respond(problem_of(handled.error()));
    }
    repair->handled += *handled;
    repair_next(repair, respond);
  };
  if (repair->drop) return parts_.dispatcher.drop_parked(filter, repair->note, done);
  parts_.dispatcher.resume_parked(filter, done);
}

}  // namespace chasqui
