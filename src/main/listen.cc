#include "main/listen.h"

#include <csignal>
#include <cstdio>
#include <memory>

#include "adapters/http/asio_loop.h"
#include "adapters/http/http_listener.h"
#include "adapters/openssl/key_file.h"
#include "adapters/openssl/openssl_crypto.h"
#include "core/json/value.h"
#include "main/print.h"

namespace chasqui {
namespace {

class Printer : public ports::HttpHandler {
 public:
  Printer(const ListenSettings& settings, http::AsioLoop& loop) : settings_(settings), loop_(loop), crypto_(random_key()) {
    if (!settings.hmac_key.empty()) mac_ = crypto_.mac(ports::MacKind::hmac_sha512, settings.hmac_key);
  }

  std::size_t body_max(std::string_view, std::string_view) override { return 16u << 20; }

  void handle(ports::IncomingRequest request, ports::Respond respond) override {
    ++count_;
    const std::string verdict = verify(request);
    if (settings_.compact) {
      json::Document parser;
      const auto root = parser.parse(*request.body);
      std::printf("%d  %s %s  %s  attempt %s  signature %s\n", count_, request.method.c_str(), request.path.c_str(),
                  root ? (*root)["event"].text().c_str() : "(no JSON)", std::string(request.header("x-chasqui-attempt")).c_str(), verdict.c_str());
    } else {
      std::printf("── %d ── %s %s ── signature %s\n", count_, request.method.c_str(), request.target.c_str(), verdict.c_str());
      if (settings_.headers)
        for (const auto& [name, value] : request.headers) std::printf("%s: %s\n", name.c_str(), std::string(masked(name, value)).c_str());
      std::printf("%s\n", pretty(*request.body).c_str());
    }
    std::fflush(stdout);
    respond({settings_.answer, {}, ""});
    if (settings_.count > 0 && count_ == settings_.count) loop_.at(loop_.steady_now() + Millis{200}, [this] { loop_.stop(); });
  }

  bool all_verified() const { return unverified_ == 0; }

 private:
  std::string verify(const ports::IncomingRequest& request) {
    if (!mac_) return "not checked (no --hmac-key)";
    const auto signature = request.header("x-webhook-hmac");
    if (!signature.empty() && mac_->matches_hex(*request.body, signature)) return "verified";
    ++unverified_;
    return signature.empty() ? "MISSING" : "WRONG";
  }

  const ListenSettings& settings_;
  http::AsioLoop& loop_;
  OpenSslCrypto crypto_;
  std::unique_ptr<ports::Mac> mac_;
  int count_ = 0;
  int unverified_ = 0;
};

}  // namespace

int listen(const ListenSettings& settings) {
  http::AsioLoop loop;
  Printer printer(settings, loop);
  http::HttpListenerSettings where;
  where.host = settings.host;
  where.port = settings.port;
  http::AsioHttpListener listener(loop, printer, where);
  if (const auto started = listener.start(); !started) {
    std::fprintf(stderr, "chasqui: %s\n", started.error().detail.c_str());
    return 1;
  }
  std::printf("Listening on http://%s:%u — point an endpoint here; Ctrl-C stops.\n", settings.host.c_str(), listener.port());
  std::fflush(stdout);
  loop.on_signal({SIGINT, SIGTERM}, [&] { loop.stop(); });
  loop.run();
  listener.stop();
  return printer.all_verified() || settings.count == 0 ? 0 : 4;
}

}  // namespace chasqui
