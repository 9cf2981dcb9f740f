// Single steps of an event's way, with the allocations that each makes: what a change to one of them is measured with.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "adapters/openssl/openssl_crypto.h"
#include "app/endpoint.h"
#include "bench/allocations.h"
#include "bench/messages.h"
#include "core/delivery/frozen.h"
#include "core/dialect/dialects.h"
#include "core/http1/request.h"
#include "core/routing/routing.h"
#include "core/source/cloud_api/cloud_api.h"

namespace {

using namespace chasqui;
using bench::Messages;

constexpr int kChat = 17;
constexpr std::uint64_t kNumber = 123'456;

// Reports the allocations of the loop that it lives through.
class Counted {
 public:
  explicit Counted(benchmark::State& state) : state_(state), before_(bench::allocations()) {}
  ~Counted() {
    const bench::Allocations now = bench::allocations();
    state_.counters["allocs"] =
        benchmark::Counter(static_cast<double>(now.count - before_.count), benchmark::Counter::kAvgIterations);
    state_.counters["bytes"] =
        benchmark::Counter(static_cast<double>(now.bytes - before_.bytes), benchmark::Counter::kAvgIterations);
  }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  benchmark::State& state_;
  bench::Allocations before_;
};

std::string request_text() { return std::string(Messages("/webhooks/cloud-api", "secret").request(kNumber, 1, kChat)); }

std::shared_ptr<const std::string> cloud_api_body() {
  return std::make_shared<const std::string>(Messages("/webhooks/cloud-api", "secret").body(kNumber, 1, kChat));
}

// The text message as the flow holds it: with id, session and time.
Event text_message() {
  json::Document parser;
  Event event = cloud_api::normalise(parser, cloud_api_body()).drafts.at(0).event;
  const std::uint8_t tail[10] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  event.id = EventId::make(event.occurred_at_ms, tail);
  event.session = Messages::phone_number_id(1);
  event.received_at_ms = event.occurred_at_ms + 250;
  return event;
}

SessionContext context() {
  SessionContext c;
  c.session = Messages::phone_number_id(1);
  c.engine = "NOWEB";
  c.product_version = "2026.8.2";
  c.platform = "linux/x64";
  c.me.kind = PartyKind::business;
  c.me.phone = "15550190001";
  return c;
}

std::shared_ptr<const EndpointTarget> target(OpenSslCrypto& crypto) {
  auto settings = new_endpoint("waha");
  settings->id = "ep_bench";
  settings->url = "http://127.0.0.1:8080/webhooks/whatsapp";
  settings->events = {"message"};
  settings->hmac_key = "a-key-of-the-benchmark";
  return *compile(std::move(*settings), crypto);
}

Request rendered(const EndpointTarget& endpoint) {
  const SessionContext session = context();
  return endpoint.dialect->render(text_message(), {session, endpoint.settings.options, endpoint.settings.id, endpoint.wanted})
      .at(0);
}

void normalise(benchmark::State& state) {
  json::Document parser;
  const auto body = cloud_api_body();
  state.SetLabel(std::to_string(body->size()) + " bytes");
  const Counted counted(state);
  for (auto _ : state) benchmark::DoNotOptimize(cloud_api::normalise(parser, body));
}
BENCHMARK(normalise)->Name("cloud api: normalise a text message");

void write_event(benchmark::State& state) {
  const Event event = text_message();
  std::string out;
  out.reserve(4096);
  const Counted counted(state);
  for (auto _ : state) {
    out.clear();
    append_json(out, event);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetLabel(std::to_string(out.size()) + " bytes");
}
BENCHMARK(write_event)->Name("event: append_json");

void read_event(benchmark::State& state) {
  json::Document parser;
  std::string text;
  append_json(text, text_message());
  const Counted counted(state);
  for (auto _ : state) benchmark::DoNotOptimize(event_from_json(parser, text));
}
BENCHMARK(read_event)->Name("event: event_from_json");

void render(benchmark::State& state) {
  OpenSslCrypto crypto(std::string(32, 'k'));
  const auto endpoint = target(crypto);
  const Event event = text_message();
  const SessionContext session = context();
  const RenderContext how{session, endpoint->settings.options, endpoint->settings.id, endpoint->wanted};
  state.SetLabel(std::to_string(endpoint->dialect->render(event, how).at(0).body.size()) + " bytes");
  const Counted counted(state);
  for (auto _ : state) benchmark::DoNotOptimize(endpoint->dialect->render(event, how));
}
BENCHMARK(render)->Name("waha: render a text message");

void assemble_and_sign(benchmark::State& state) {
  OpenSslCrypto crypto(std::string(32, 'k'));
  const auto endpoint = target(crypto);
  const Request request = rendered(*endpoint);
  const Counted counted(state);
  for (auto _ : state) benchmark::DoNotOptimize(assemble(*endpoint, request, 1, SteadyTime{}));
}
BENCHMARK(assemble_and_sign)->Name("endpoint: copy, assemble and sign (HMAC-SHA512)");

void route(benchmark::State& state) {
  const Dialect* waha = find_dialect("waha");
  const auto wanted = waha->subscription({"message"}, {});
  std::vector<Subscriber> subscribers;
  for (std::uint32_t i = 1; i <= static_cast<std::uint32_t>(state.range(0)); ++i)
    subscribers.push_back({EndpointNo{i}, waha, {}, *wanted, {}});
  const Router router(std::move(subscribers));
  const Event event = text_message();
  const Counted counted(state);
  for (auto _ : state) benchmark::DoNotOptimize(router.route(event));
}
BENCHMARK(route)->Name("route: endpoints that all want it")->Arg(1)->Arg(100)->Arg(1000);

void route_to_session(benchmark::State& state) {
  const Dialect* waha = find_dialect("waha");
  const auto wanted = waha->subscription({"message"}, {});
  std::vector<Subscriber> subscribers;
  for (int i = 1; i <= static_cast<int>(state.range(0)); ++i)
    subscribers.push_back({EndpointNo{static_cast<std::uint32_t>(i)}, waha, {}, *wanted, Messages::phone_number_id(i)});
  const Router router(std::move(subscribers));
  const Event event = text_message();
  const Counted counted(state);
  for (auto _ : state) benchmark::DoNotOptimize(router.route(event));
}
BENCHMARK(route_to_session)->Name("route: endpoints of a session each")->Arg(1)->Arg(100)->Arg(1000);

void parse_head(benchmark::State& state) {
  const std::string text = request_text();
  const Counted counted(state);
  for (auto _ : state) benchmark::DoNotOptimize(http1::parse_request_head(text));
}
BENCHMARK(parse_head)->Name("http: parse a request head");

void freeze_request(benchmark::State& state) {
  OpenSslCrypto crypto(std::string(32, 'k'));
  const Request request = rendered(*target(crypto));
  const Counted counted(state);
  for (auto _ : state) benchmark::DoNotOptimize(freeze(request));
}
BENCHMARK(freeze_request)->Name("delivery: freeze");

void thaw_request(benchmark::State& state) {
  OpenSslCrypto crypto(std::string(32, 'k'));
  const std::string frozen = freeze(rendered(*target(crypto)));
  const Counted counted(state);
  for (auto _ : state) benchmark::DoNotOptimize(thaw(frozen));
}
BENCHMARK(thaw_request)->Name("delivery: thaw");

}  // namespace
