// The canonical event types: every kind of thing that can happen, whatever engine reports it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace chasqui {

// X(name in C++, word in JSON, payload struct). The number of a type is its place here and is stored in the journal's
// headers: add at the end, never reorder. docs/formats/events.md describes each; CONTRIBUTING.md shows how to add one.
#define CHASQUI_EVENT_TYPES(X)                              \
  X(message_received, "message.received", Message)          \
  X(message_sent, "message.sent", Message)                  \
  X(message_ack, "message.ack", Ack)                        \
  X(message_failed, "message.failed", Ack)                  \
  X(message_reaction, "message.reaction", Reaction)         \
  X(message_edited, "message.edited", Edit)                 \
  X(message_revoked, "message.revoked", Revoke)             \
  X(contact_updated, "contact.updated", ContactChange)      \
  X(call_received, "call.received", Call)                   \
  X(call_ended, "call.ended", Call)                         \
  X(session_status, "session.status", SessionStatus)        \
  X(template_status, "template.status", PlatformNotice)     \
  X(template_quality, "template.quality", PlatformNotice)   \
  X(template_components, "template.components", PlatformNotice) \
  X(template_category, "template.category", PlatformNotice) \
  X(account_review, "account.review", PlatformNotice)       \
  X(account_updated, "account.updated", PlatformNotice)     \
  X(account_alert, "account.alert", PlatformNotice)         \
  X(account_settings, "account.settings", PlatformNotice)   \
  X(account_capability, "account.capability", PlatformNotice) \
  X(phone_name, "phone.name", PlatformNotice)               \
  X(phone_quality, "phone.quality", PlatformNotice)         \
  X(phone_security, "phone.security", PlatformNotice)       \
  X(user_preference, "user.preference", PlatformNotice)     \
  X(service_notice, "service.notice", ServiceNotice)        \
  X(engine_raw, "engine.raw", RawEngineEvent)

enum class EventType : std::uint8_t {
#define CHASQUI_X(name, text, payload) name,
  CHASQUI_EVENT_TYPES(CHASQUI_X)
#undef CHASQUI_X
};

std::string_view word(EventType type);
bool from_word(std::string_view text, EventType& out);
/// How many types there are; EventType values run from 0 to this.
std::size_t event_type_count();

}  // namespace chasqui
