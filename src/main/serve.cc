#include "main/serve.h"

#include <csignal>
#include <cstdio>
#include <memory>

#include "adapters/http/asio_loop.h"
#include "adapters/http/http_client.h"
#include "adapters/http/http_listener.h"
#include "adapters/memory/memory_store.h"
#include "adapters/openssl/key_file.h"
#include "adapters/openssl/openssl_crypto.h"
#include "adapters/sqlite/sqlite_store.h"
#include "adapters/system/data_directory.h"
#include "adapters/system/descriptors.h"
#include "adapters/system/log.h"
#include "adapters/system/memory.h"
#include "adapters/system/system_dice.h"
#include "app/demo.h"
#include "app/problem.h"
#include "core/http1/url.h"
#include "main/print.h"

namespace chasqui {
namespace {

constexpr Millis kStopPatience{20'000};  // for what is under way when we are asked to stop; then the process ends as if killed

int complain(const Error& error) {
  std::fprintf(stderr, "chasqui: %s\n", error.detail.c_str());
  return error.kind == Error::Kind::invalid_input ? 3 : 1;
}

std::string address_of(const ServeSettings& s, std::uint16_t port) {
  const bool v6 = s.host.find(':') != std::string::npos;
  return "http://" + (v6 ? "[" + s.host + "]" : s.host) + ":" + std::to_string(port);
}

// In the demo without an endpoint of the user's own, webhooks go to the built-in inbox. Everything is signed with secrets
// made for this run: there are no default ones.
void prepare_demo(ServeSettings& s, ports::Crypto& crypto, std::uint16_t port) {
  GatewaySettings& g = s.gateway;
  if (g.callbacks.empty()) g.callbacks.push_back({"default", "environment", {crypto.random_hex(16)}, crypto.random_hex(16)});
  g.sessions.names.emplace("400000000000001", "default");
  if (!g.operator_endpoints.empty()) return;
  g.inbox_key = crypto.random_hex(16);
  auto inbox = new_endpoint("waha");
  inbox->id = "ep_inbox";
  inbox->origin = "environment";
  inbox->description = "The built-in receiver of the demo";
  inbox->url = address_of(s, port) + std::string(Inbox::kPath);
  inbox->events = {"*"};
  inbox->hmac_key = *g.inbox_key;
  g.operator_endpoints.push_back(std::move(*inbox));
}

// The first webhook that came back to us is what the first minute is about: it is shown whole, later ones in a line.
void show_inbox_item(const InboxItem& item, SteadyTime started) {
  if (item.number == 1) {
    const auto after = std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - started).count();
    std::printf("\nThe first webhook was delivered and its signature %s, %lld ms after the start:\n%s\n\n",
                item.signature == "verified" ? "verified" : "is WRONG", static_cast<long long>(after), pretty(*item.body).c_str());
  } else {
    std::printf("webhook %llu  %-16s  signature %s\n", static_cast<unsigned long long>(item.number), item.event.c_str(), item.signature.c_str());
  }
  std::fflush(stdout);
}

class Server {
 public:
  Server(ServeSettings settings, ports::Log& log) : settings_(std::move(settings)), log_(log) {}

  int run() {
    if (const auto prepared = prepare(); !prepared) return complain(prepared.error());
    gateway_->start([this](const Status& ready) { started(ready); });
    loop_.on_signal({SIGINT, SIGTERM}, [this] { stop(0); });
    loop_.run();
    return exit_code_;
  }

 private:
  Status prepare() {
    std::string key = std::string(32, '\0');
    if (settings_.store == "sqlite") {
      auto directory = system::DataDirectory::open(settings_.data);
      if (!directory) return directory.error();
      directory_ = std::make_unique<system::DataDirectory>(std::move(*directory));
      auto read = load_or_make_key(settings_.data + "/secret.key", settings_.data + "/journal.sqlite");
      if (!read) return read.error();
      key = std::move(*read);
      store_ = std::make_unique<SqliteStore>(settings_.data + "/journal.sqlite", loop_);
    } else {
      key = random_key();
      store_ = std::make_unique<MemoryStore>(loop_);
    }
    crypto_ = std::make_unique<OpenSslCrypto>(key);
    // The port is taken before the gateway is made, because a demo's endpoint points at it; until then it answers 503.
    http::HttpListenerSettings where;
    where.host = settings_.host;
    where.port = settings_.port;
    const auto descriptors = system::share(system::raise_descriptor_limit(), {0, where.connections_max, settings_.gateway.dispatcher.in_flight_max, 1024});
    if (descriptors.in_flight_max < settings_.gateway.dispatcher.in_flight_max)
      log_.warning("few file descriptors: fewer requests at once than configured",
                   {{"limit", std::to_string(descriptors.limit)}, {"in_flight_max", std::to_string(descriptors.in_flight_max)}});
    where.connections_max = descriptors.listener_connections_max;
    settings_.gateway.dispatcher.in_flight_max = descriptors.in_flight_max;
    listener_ = std::make_unique<http::AsioHttpListener>(loop_, handler_, where);
    if (const auto listening = listener_->start(); !listening) return listening.error();
    if (settings_.demo) prepare_demo(settings_, *crypto_, listener_->port());
    http::HttpClientSettings client_settings;
    client_settings.ca_file = settings_.ca_file;
    client_settings.idle_connections_max = descriptors.idle_connections_max;
    auto client = http::AsioHttpClient::make(loop_, client_settings);
    if (!client) return client.error();
    client_ = std::move(*client);
    settings_.gateway.front.resident_bytes = system::resident_bytes;
    gateway_ = std::make_unique<Gateway>(Gateway::World{*store_, *client_, loop_, loop_, loop_, dice_, *crypto_, log_}, settings_.gateway);
    if (settings_.print_webhooks)
      gateway_->dispatcher().on_send([](const EndpointTarget& target, const ports::OutgoingRequest& request) {
        std::printf("%s\n", shown(target, request).c_str());
        std::fflush(stdout);
      });
    if (auto* inbox = gateway_->inbox()) inbox->on_item([this](const InboxItem& item) { show_inbox_item(item, begun_); });
    return success();
  }

  void started(const Status& ready) {
    if (!ready) {
      exit_code_ = complain(ready.error());
      loop_.stop();
      return;
    }
    handler_.inner = &gateway_->handler();
    greet();
    if (settings_.demo) {
      DemoSettings demo;
      demo.origin = {false, settings_.host, listener_->port()};
      demo.app_secret = settings_.gateway.callbacks.front().app_secrets.front();
      demo.interval = settings_.demo_interval;
      demo_ = std::make_unique<Demo>(std::move(demo), *client_, loop_, loop_, *crypto_, log_);
      demo_->start();
    }
  }

  void greet() {
    const std::string base = address_of(settings_, listener_->port());
    std::printf("Chasqui %s listens on %s\n", settings_.gateway.front.version.c_str(), base.c_str());
    if (settings_.store == "sqlite") {
      std::printf("  journal       %s/journal.sqlite\n", settings_.data.c_str());
    } else {
      std::printf("  journal       in memory: NOT durable, for trials only\n");
    }
    std::printf("  Cloud API     %s%s%s\n", base.c_str(), std::string(CloudApi::kPath).c_str(),
                settings_.gateway.callbacks.empty() ? "   (set CHASQUI_CLOUD_API_APP_SECRET to take deliveries)" : "");
    std::printf("  endpoints     %s/api/v1/endpoints\n", base.c_str());
    for (const auto* endpoint : gateway_->endpoints().list()) {
      const auto url = http1::parse_url(endpoint->url);
      const std::string where = !url ? endpoint->url : (url->tls ? "https://" : "http://") + url->host_header + url->path_and_query;
      std::printf("                %s → %s\n", endpoint->id.c_str(), where.c_str());
      for (const auto& event : endpoint->events)
        if (event == "*" && endpoint->id == Endpoints::kEnvironmentId)
          std::printf("                note: `*` sends every event; fine for development, heavy in production\n");
    }
    if (gateway_->inbox() != nullptr) std::printf("  inbox         %s/api/v1/inbox\n", base.c_str());
    std::printf("  health        %s/health/ready   metrics %s/metrics\n", base.c_str(), base.c_str());
    if (settings_.demo) std::printf("Posting a simulated Cloud API message every %lld ms. Ctrl-C stops.\n", static_cast<long long>(settings_.demo_interval.count()));
    std::fflush(stdout);
  }

  void stop(int code) {
    if (std::exchange(stopping_, true)) {
      // Asked twice: end now. What was under way is repeated by the next start.
      loop_.stop();
      return;
    }
    exit_code_ = code;
    if (demo_) demo_->stop();
    listener_->drain();
    loop_.at(loop_.steady_now() + kStopPatience, [this] {
      log_.warning("not everything under way was answered in time; it will be sent again at the next start");
      loop_.stop();
    });
    gateway_->stop([this] {
      listener_->stop();
      client_->stop();
      loop_.stop();
    });
  }

  // Stands in for the gateway's handler until that is ready.
  struct LateHandler : ports::HttpHandler {
    ports::HttpHandler* inner = nullptr;
    std::size_t body_max(std::string_view method, std::string_view path) override { return inner == nullptr ? CloudApi::kBodyMax : inner->body_max(method, path); }
    void handle(ports::IncomingRequest request, ports::Respond respond) override {
      if (inner == nullptr) return respond(problem_of(unavailable("the gateway is starting")));
      inner->handle(std::move(request), std::move(respond));
    }
  };

  ServeSettings settings_;
  ports::Log& log_;
  SteadyTime begun_ = std::chrono::steady_clock::now();
  http::AsioLoop loop_;
  system::SystemDice dice_;
  LateHandler handler_;
  std::unique_ptr<system::DataDirectory> directory_;
  std::unique_ptr<OpenSslCrypto> crypto_;
  std::unique_ptr<ports::Store> store_;
  std::unique_ptr<http::AsioHttpClient> client_;
  std::unique_ptr<http::AsioHttpListener> listener_;
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<Demo> demo_;
  int exit_code_ = 0;
  bool stopping_ = false;
};

}  // namespace

int serve(ServeSettings settings) {
  if (const auto sound = check(settings); !sound) return complain(sound.error());
  system::SpdLog log({settings.log_level, settings.log_json});
  return Server(std::move(settings), log).run();
}

}  // namespace chasqui
