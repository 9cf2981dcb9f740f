#include "app/cloud_api.h"

#include <algorithm>

#include "app/problem.h"
#include "core/json/writer.h"

namespace chasqui {
namespace {

constexpr std::string_view kKind = "cloud_api_callback";
constexpr std::string_view kSignaturePrefix = "sha256=";

std::string to_stored(const CloudApiCallback& callback, ports::Crypto& crypto) {
  std::string out;
  json::Writer w(out);
  w.begin_object().key("origin").string(callback.origin).key("app_secrets_sealed").begin_array();
  for (const auto& secret : callback.app_secrets) w.string(crypto.seal(secret));
  w.end_array().key("verify_token_sealed").string(callback.verify_token.empty() ? "" : crypto.seal(callback.verify_token));
  w.end_object();
  return out;
}

Result<CloudApiCallback> from_stored(const ports::ConfigRow& row, ports::Crypto& crypto) {
  json::Document parser;
  const auto root = parser.parse(row.json);
  if (!root) return corrupt("a stored Cloud API callback is not JSON");
  CloudApiCallback callback{row.id, (*root)["origin"].text(), {}, {}};
  for (const auto& sealed : (*root)["app_secrets_sealed"].items()) {
    auto secret = crypto.unseal(sealed.string_or({}));
    if (!secret)
      return corrupt("the secrets of Cloud API callback " + row.id +
                     " cannot be decrypted: is this the key file that they were stored with?");
    callback.app_secrets.push_back(std::move(*secret));
  }
  if (const auto sealed = (*root)["verify_token_sealed"].string_or({}); !sealed.empty()) {
    auto token = crypto.unseal(sealed);
    if (!token) return corrupt("the verify token of Cloud API callback " + row.id + " cannot be decrypted");
    callback.verify_token = std::move(*token);
  }
  return callback;
}

bool valid_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

Status check(const CloudApiCallback& callback) {
  if (!valid_name(callback.name)) return invalid_input("name must be 1 to 64 letters, digits, - or _");
  if (callback.app_secrets.empty())
    return invalid_input("app_secrets must hold at least one app secret (Meta's app dashboard shows it)");
  for (const auto& secret : callback.app_secrets)
    if (secret.empty()) return invalid_input("app_secrets must not hold an empty secret");
  return success();
}

}  // namespace

CloudApi::CloudApi(Ingest& ingest, Journal& journal, ports::Crypto& crypto, ports::Log& log, Counters& counters)
    : ingest_(ingest), journal_(journal), crypto_(crypto), log_(log), counters_(counters) {}

Status CloudApi::restore(const std::vector<ports::ConfigRow>& config) {
  for (const auto& row : config) {
    if (row.kind != kKind || row.json.empty()) continue;
    auto callback = from_stored(row, crypto_);
    if (!callback) return callback.error();
    if (const auto put_back = put(std::move(*callback)); !put_back) return corrupt(put_back.error().detail);
  }
  return success();
}

Status CloudApi::put(CloudApiCallback callback) {
  if (const auto fits = check(callback); !fits) return fits;
  Ready ready;
  for (const auto& secret : callback.app_secrets) ready.macs.push_back(crypto_.mac(ports::MacKind::hmac_sha256, secret));
  const std::string name = callback.name;
  ready.callback = std::move(callback);
  callbacks_.insert_or_assign(name, std::move(ready));
  return success();
}

void CloudApi::save(CloudApiCallback callback, Journal::Appended done) {
  if (const auto fits = check(callback); !fits) return done(fits);
  ports::ConfigRow row{std::string(kKind), callback.name, to_stored(callback, crypto_)};
  journal_.config(std::move(row), [this, callback = std::move(callback), done = std::move(done)](const Status& stored) {
    done(stored ? put(callback) : stored);
  });
}

void CloudApi::remove(const std::string& name, Journal::Appended done) {
  if (!callbacks_.contains(name)) return done(not_found("no Cloud API callback has the name " + name));
  journal_.config({std::string(kKind), name, ""}, [this, name, done = std::move(done)](const Status& stored) {
    if (stored) callbacks_.erase(name);
    done(stored);
  });
}

std::vector<const CloudApiCallback*> CloudApi::list() const {
  std::vector<const CloudApiCallback*> all;
  for (const auto& [name, ready] : callbacks_) all.push_back(&ready.callback);
  return all;
}

Result<CloudApiCallback> CloudApi::read(std::string name, json::Value body) {
  if (!body.is_object()) return invalid_input("the body must be a JSON object with app_secrets and verify_token");
  CloudApiCallback callback{std::move(name), "api", {}, {}};
  for (const auto& [member, value] : body.members()) {
    if (member == "app_secrets" && value.is_array()) {
      for (const auto& secret : value.items()) {
        if (!secret.is_string()) return invalid_input("app_secrets must be an array of strings");
        callback.app_secrets.push_back(secret.text());
      }
    } else if (member == "verify_token" && value.is_string()) {
      callback.verify_token = value.text();
    } else {
      return invalid_input(std::string(member) +
                           " is not valid here; known: app_secrets (array of strings), verify_token (string)");
    }
  }
  if (const auto fits = check(callback); !fits) return fits.error();
  return callback;
}

bool CloudApi::owns(std::string_view path) {
  return path.starts_with(kPath) && (path.size() == kPath.size() || path[kPath.size()] == '/');
}

const CloudApi::Ready* CloudApi::find(std::string_view path) const {
  std::string_view name = path.substr(std::min(path.size(), kPath.size()));
  if (name.starts_with('/')) name.remove_prefix(1);
  if (name.empty()) name = "default";
  const auto it = callbacks_.find(name);
  return it == callbacks_.end() ? nullptr : &it->second;
}

void CloudApi::handle(ports::IncomingRequest request, ports::Respond respond) {
  const Ready* ready = find(request.path);
  if (ready == nullptr)
    return respond(problem(
        404, "No such callback",
        "No Cloud API callback is configured for this path: set CHASQUI_CLOUD_API_APP_SECRET and CHASQUI_CLOUD_API_VERIFY_TOKEN, "
        "or PUT /api/v1/cloud-api/callbacks/{name}"));
  if (request.method == "GET") return handshake(*ready, request, respond);
  if (request.method == "POST") return deliver(*ready, request, std::move(respond));
  auto response = problem(405, "Method not allowed", "A Cloud API callback takes GET (handshake) and POST (deliveries)");
  response.headers.emplace_back("Allow", "GET, POST");
  respond(std::move(response));
}

void CloudApi::handshake(const Ready& ready, const ports::IncomingRequest& request, const ports::Respond& respond) {
  const std::string& token = ready.callback.verify_token;
  const auto equal = [&](std::string_view given) { return !token.empty() && crypto_.equal(given, token); };
  const auto challenge = cloud_api::handshake(request.query, equal);
  if (challenge) return respond(text_response(200, *challenge));
  log_.warning("a Cloud API handshake was refused", {{"callback", ready.callback.name}, {"peer", request.peer}});
  respond(problem(403, "Handshake refused", "hub.mode must be subscribe and hub.verify_token must be the configured token"));
}

bool CloudApi::genuine(const Ready& ready, const ports::IncomingRequest& request) const {
  const std::string_view signature = request.header("x-hub-signature-256");
  if (!signature.starts_with(kSignaturePrefix)) return false;
  const std::string_view hex = signature.substr(kSignaturePrefix.size());
  return std::any_of(ready.macs.begin(), ready.macs.end(), [&](const auto& mac) { return mac->matches_hex(*request.body, hex); });
}

void CloudApi::deliver(const Ready& ready, ports::IncomingRequest& request, ports::Respond respond) {
  ++counters_.ingest_requests;
  if (!genuine(ready, request)) {
    ++counters_.ingest_signature_rejected;
    return respond(
        problem(401, "Wrong signature",
                "X-Hub-Signature-256 must be sha256= and the HMAC-SHA256 of the exact body with this callback's app secret"));
  }
  Normalised delivery = cloud_api::normalise(parser_, request.body);
  if (delivery.drafts.empty()) {
    ++counters_.ingest_foreign_object;
    return respond(text_response(200, ""));
  }
  if (!delivery.trouble.empty()) {
    ++counters_.ingest_unparsable;
    log_.warning("a signed delivery was not understood; it is kept as engine.raw",
                 {{"callback", ready.callback.name}, {"reason", delivery.trouble}});
  }
  ingest_.accept(std::move(delivery), std::string(request.header("content-type")), request.body,
                 [this, respond = std::move(respond)](const Status& stored) {
                   if (stored) return respond(text_response(200, ""));
                   ++counters_.ingest_refused;
                   respond(problem_of(stored.error()));
                 });
}

}  // namespace chasqui
