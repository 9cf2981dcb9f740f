// What happens to the simulated gateway: tempers, disks, networks, people.
#include <algorithm>

#include "core/json/writer.h"
#include "tests/sim/simulation.h"

namespace chasqui::sim {

void Simulation::next_happening() {
  world_.at(world_.steady_now() + chance_.millis(0, 2 * pace_.count()), [this] {
    if (calm_) return;
    happen();
    next_happening();
  });
}

void Simulation::happen() {
  const auto what = chance_.between(0, 99);
  if (what < 60) {
    --bodies_left_;
    sources_.post_new();
  } else if (what < 70) {
    change_temper();
  } else if (what < 75) {
    change_disk();
  } else if (what < 80) {
    change_network();
  } else if (what < 83) {
    // Now, or at some moment of the next milliseconds.
    world_.at(world_.steady_now() + chance_.millis(0, 5), [this] { wants_crash_ = true; });
  } else if (what < 85) {
    if (life_ == Life::up) graceful_stop();
  } else if (life_ == Life::up) {
    if (endpoints_made_ < endpoints_wanted_) {
      make_endpoint();
    } else if (chance_.one_in(2)) {
      administer();
    } else if (chance_.one_in(3)) {
      handle_parked();
    }
  }
}

void Simulation::change_temper() {
  if (ledger_.endpoints().empty()) return;
  auto it = ledger_.endpoints().begin();
  std::advance(it, chance_.between(0, static_cast<std::int64_t>(ledger_.endpoints().size()) - 1));
  FarSide& far = wire_.side(it->first);
  far.temper = chance_.one_in(3) ? Temper::healthy : words_of_Temper[chance_.size(0, std::size(words_of_Temper) - 1)].first;
  if (chance_.one_in(3)) far.poison_of = chance_.one_in(2) ? 0 : static_cast<std::uint64_t>(chance_.between(3, 10));
  judge_.say("the receiver of " + it->second + " is " + std::string(word(far.temper)) +
             (far.poison_of != 0 ? ", one event of " + std::to_string(far.poison_of) + " is poison" : ""));
}

void Simulation::change_disk() {
  DiskWeather& weather = disk_.weather;
  weather = {};
  if (chance_.one_in(2)) weather.commit_max = chance_.millis(0, 400);
  if (chance_.one_in(2)) weather.read_max = chance_.millis(0, 600);
  if (chance_.one_in(3)) weather.read_fails_percent = static_cast<int>(chance_.between(1, 30));
  weather.failing = chance_.one_in(4);
  weather.low = chance_.one_in(5);
  judge_.say(std::string("the disk is") + (weather.failing ? " failing" : " writing") + (weather.low ? ", nearly full" : "") +
             ", " + std::to_string(weather.commit_max.count()) + " ms a commit, " + std::to_string(weather.read_max.count()) +
             " ms a read");
  // Trouble with the disk does not last: nothing else could be seen.
  if (weather.failing || weather.low)
    world_.at(world_.steady_now() + chance_.millis(0, 15'000), [this] { disk_.weather.failing = disk_.weather.low = false; });
}

void Simulation::change_network() {
  WireWeather& weather = wire_.weather;
  weather = {};
  if (chance_.one_in(2)) weather.lost_answer_percent = static_cast<int>(chance_.between(1, 25));
  if (chance_.one_in(2)) weather.cut_percent = static_cast<int>(chance_.between(1, 25));
  if (chance_.one_in(3)) weather.local_percent = static_cast<int>(chance_.between(1, 40));
}

EndpointSettings Simulation::some_endpoint(const std::string& id) {
  auto made = *new_endpoint("waha");
  made.id = id;
  made.origin = "environment";
  made.url = "http://receiver.test/" + id;
  static const std::vector<std::vector<std::string>> subscriptions{{"message"}, {"message", "message.any"}, {"*"}};
  made.events = chance_.pick(subscriptions);
  made.order = static_cast<OrderScope>(chance_.one_in(2) ? 0 : chance_.between(0, 3));
  made.in_flight_max = chance_.size(1, 6);
  made.timeout = chance_.millis(1000, 20'000);
  if (chance_.one_in(4)) made.hmac_key = "key";
  RetryPolicy& retry = made.retry;
  retry.curve = static_cast<RetryCurve>(chance_.between(0, 3));
  retry.delay = chance_.one_in(8) ? Millis{0} : chance_.millis(100, 5000);
  retry.attempts = static_cast<int>(chance_.between(0, 5));
  retry.delay_max = Millis{120'000};
  if (retry.curve == RetryCurve::list) retry.delays = {chance_.millis(0, 1000), chance_.millis(1000, 10'000)};
  if (chance_.one_in(4)) retry.on_exhausted = OnExhausted::hold;
  if (chance_.one_in(4)) retry.age_max = chance_.millis(1000, 120'000);
  retry.asked_wait_spends = chance_.one_in(2);
  return made;
}

std::string Simulation::some_endpoint_json() {
  const EndpointSettings s = some_endpoint("made-" + std::to_string(endpoints_made_));
  std::string out;
  json::Writer w(out);
  w.begin_object()
      .key("url")
      .string(s.url)
      .key("order")
      .string(word(s.order))
      .key("in_flight_max")
      .unsigned_integer(s.in_flight_max);
  w.key("timeout_ms").integer(s.timeout.count()).key("hmac_key").string(s.hmac_key).key("events").begin_array();
  for (const auto& name : s.events) w.string(name);
  w.end_array().key("retry").begin_object().key("policy").string(word(s.retry.curve));
  w.key("delay_ms").integer(s.retry.delay.count()).key("attempts").integer(s.retry.attempts);
  w.key("delay_max_ms").integer(s.retry.delay_max.count()).key("on_exhausted").string(word(s.retry.on_exhausted));
  w.key("age_max_ms").integer(s.retry.age_max.count()).key("asked_wait_spends").boolean(s.retry.asked_wait_spends);
  w.key("delays_ms").begin_array();
  for (const auto delay : s.retry.delays) w.integer(delay.count());
  w.end_array().end_object().end_object();
  return out;
}

void Simulation::ask(const std::string& method, const std::string& path, const std::string& body,
                     std::function<void(const ports::OutgoingResponse&)> then) {
  ports::IncomingRequest request;
  request.method = method;
  request.target = request.path = path;
  request.headers = {{"host", "localhost:3000"}};
  request.body = std::make_shared<const std::string>(body);
  judge_.say(method + " " + path + " " + body);
  gateway_->handler().handle(std::move(request), [this, path, then = std::move(then)](const ports::OutgoingResponse& response) {
    judge_.say(path + " is answered " + std::to_string(response.status));
    if (response.status >= 400 && response.status != 503 && response.status != 404)
      judge_.fail("a person was answered: " + response.body);
    if (then) then(response);
  });
}

void Simulation::make_endpoint() {
  ask("POST", "/api/v1/endpoints", some_endpoint_json(), [this](const ports::OutgoingResponse& response) {
    if (response.status == 201) ++endpoints_made_;
  });
}

void Simulation::administer() {
  if (ledger_.endpoints().empty()) return;
  auto it = ledger_.endpoints().begin();
  std::advance(it, chance_.between(0, static_cast<std::int64_t>(ledger_.endpoints().size()) - 1));
  const std::string id = it->second;
  if (const auto* settings = gateway_->endpoints().find(id)) return change_endpoint(id, *settings);
  judge_.say("restore " + id);
  gateway_->endpoints().restore_deleted(id, [](const Result<EndpointSettings>&) {});
}

void Simulation::change_endpoint(const std::string& id, const EndpointSettings& settings) {
  const std::string path = "/api/v1/endpoints/" + id;
  const auto patch = [&](const std::string& body) { ask("PATCH", path, body, nullptr); };
  if (settings.paused && chance_.percent(70)) return patch(R"({"paused":false})");
  if (settings.disabled && chance_.percent(70)) return patch(R"({"disabled":false})");
  switch (chance_.between(0, 9)) {
    case 0:
    case 1:
      return patch(R"({"paused":true})");
    case 2:
      return patch(R"({"disabled":true})");
    case 3:
      return patch(R"({"url":"http://elsewhere.test/)" + std::to_string(chance_.between(0, 9)) + R"("})");
    case 4:
      return change_order(settings);
    case 5:
      wire_.subscription_changed(settings.no);
      return patch(chance_.one_in(2) ? R"({"events":["message"]})" : R"({"events":["message","message.any"]})");
    case 6:
      return ask("DELETE", path, "", nullptr);
    default:
      return;
  }
}

void Simulation::change_order(const EndpointSettings& settings) {
  const auto order = static_cast<OrderScope>(chance_.between(0, 3));
  order_changes_ = true;
  const std::string body = R"({"order":")" + std::string(word(order)) + R"("})";
  ask("PATCH", "/api/v1/endpoints/" + settings.id, body,
      [this, id = settings.id, order](const ports::OutgoingResponse& response) {
        order_changes_ = false;
        if (response.status != 200) return;
        crash_after_checkpoint_ = ledger_.checkpoints() + 1;
        // The operator changes it in the environment too, else a restart would change it back.
        if (id == settings_.operator_endpoints[0].id) settings_.operator_endpoints[0].order = order;
      });
}

void Simulation::handle_parked() {
  if (ledger_.parked().empty()) return;
  auto it = ledger_.parked().begin();
  std::advance(it, chance_.between(0, static_cast<std::int64_t>(ledger_.parked().size()) - 1));
  ports::ParkedFilter filter;
  filter.endpoint = it->endpoint;
  if (chance_.one_in(2)) {
    filter.seq = it->seq;
    filter.part = it->part;
  }
  const auto done = [this](const Result<std::uint64_t>& count) {
    judge_.say(count ? std::to_string(*count) + " parked deliveries were handled" : "parked deliveries could not be read");
  };
  if (chance_.one_in(4)) {
    judge_.say("drop parked, as " + it->text());
    gateway_->dispatcher().drop_parked(filter, "not wanted", done);
  } else {
    judge_.say("resume parked, as " + it->text());
    gateway_->dispatcher().resume_parked(filter, done);
  }
}

}  // namespace chasqui::sim
