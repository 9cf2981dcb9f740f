#include "app/front.h"

#include "app/problem.h"
#include "core/http1/url.h"

namespace chasqui {
namespace {

constexpr std::size_t kApiBodyMax = 1u << 20;

// Host name of a Host or Origin header value: without scheme and port.
std::string_view host_of(std::string_view value) {
  if (const auto scheme = value.find("://"); scheme != std::string_view::npos) value.remove_prefix(scheme + 3);
  if (value.starts_with('[')) return value.substr(0, value.find(']') + 1);
  return value.substr(0, value.find(':'));
}

bool is_loopback_name(std::string_view host) {
  return host == "localhost" || host == "[::1]" || host == "127.0.0.1" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == host.npos);
}

}  // namespace

Front::Front(Parts parts, FrontSettings settings)
    : parts_(parts),
      settings_(std::move(settings)),
      tracer_({parts.store, parts.clock, parts.journal, parts.dispatcher, parts.endpoints, parts.routes}) {}

std::size_t Front::body_max(std::string_view method, std::string_view path) {
  if (method == "GET" || method == "HEAD") return 0;
  if (CloudApi::owns(path)) return CloudApi::kBodyMax;
  return Inbox::owns(path) ? Inbox::kBodyMax : kApiBodyMax;
}

void Front::handle(ports::IncomingRequest request, ports::Respond respond) {
  const std::string_view path = request.path;
  if (CloudApi::owns(path)) return parts_.cloud_api.handle(std::move(request), std::move(respond));
  if (Inbox::owns(path) && parts_.inbox != nullptr) return parts_.inbox->handle(std::move(request), respond);
  if (path == "/api" || path.starts_with("/api/")) {
    int status = 401;
    if (const std::string why = refusal(request, status); !why.empty())
      return respond(problem(status, status == 401 ? "Unauthorized" : "Forbidden", why));
    return api(request, respond);
  }
  if (path == "/ping") return respond(json_response(200, R"({"message":"pong"})"));
  if (path == "/health/live") return respond(json_response(200, R"({"status":"ok"})"));
  if (path == "/health/ready") return ready(respond);
  if (path == "/metrics") return metrics(respond);
  if (path == "/")
    return respond(text_response(200, "Chasqui " + settings_.version +
                                          ", a WhatsApp event gateway.\n\n"
                                          "  /webhooks/cloud-api      where Meta's Cloud API posts\n"
                                          "  /api/v1/endpoints        where webhooks go\n"
                                          "  /api/v1/events           what is in the journal\n"
                                          "  /api/v1/trace            what became of one message\n"
                                          "  /api/v1/parked           what waits for a person\n"
                                          "  /api/v1/inbox            what the built-in receiver got\n"
                                          "  /health/ready, /metrics  how it is\n"));
  respond(problem(404, "No such page", "There is nothing at this path; GET / lists what there is"));
}

std::string Front::refusal(const ports::IncomingRequest& request, int& status) const {
  if (!settings_.api_key.empty()) {
    const std::string_view header = request.header("x-api-key");
    if (!header.empty() && parts_.crypto.equal(header, settings_.api_key)) return {};
    const auto query = http1::query_value(request.query, "x-api-key");
    if (query && parts_.crypto.equal(*query, settings_.api_key)) return {};
    status = 401;
    return "send the API key in the header X-Api-Key";
  }
  // Without a key only this machine may ask, and not through a web page of somebody else that runs in its browser.
  status = 403;
  if (!is_loopback_name(host_of(request.header("host"))))
    return "without an API key the Host must be localhost; set CHASQUI_API_KEY";
  const std::string_view origin = request.header("origin");
  if (!origin.empty() && !is_loopback_name(host_of(origin)))
    return "pages of other sites may not use the API; set CHASQUI_API_KEY and send it";
  return {};
}

}  // namespace chasqui
