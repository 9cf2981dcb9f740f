// WAHA's event names, and which of them an event has.
#pragma once

#include <string_view>
#include <vector>

#include "core/dialect/dialect.h"

namespace chasqui::waha {

// In the order of WAHA's own list (documentation, 2026-08). The place is the bit in a NameSet and is not stored, so names
// may be added anywhere.
#define CHASQUI_WAHA_NAMES(X)                                           \
  X(session_status, "session.status")                                   \
  X(message, "message")                                                 \
  X(message_any, "message.any")                                         \
  X(message_reaction, "message.reaction")                               \
  X(message_ack, "message.ack")                                         \
  X(message_ack_group, "message.ack.group")                             \
  X(message_waiting, "message.waiting")                                 \
  X(message_revoked, "message.revoked")                                 \
  X(message_edited, "message.edited")                                   \
  X(group_v2_join, "group.v2.join")                                     \
  X(group_v2_leave, "group.v2.leave")                                   \
  X(group_v2_update, "group.v2.update")                                 \
  X(group_v2_participants, "group.v2.participants")                     \
  X(group_v2_join_request, "group.v2.participants.join-request")        \
  X(presence_update, "presence.update")                                 \
  X(poll_vote, "poll.vote")                                             \
  X(poll_vote_failed, "poll.vote.failed")                               \
  X(event_response, "event.response")                                   \
  X(event_response_failed, "event.response.failed")                     \
  X(chat_archive, "chat.archive")                                       \
  X(call_received, "call.received")                                     \
  X(call_accepted, "call.accepted")                                     \
  X(call_rejected, "call.rejected")                                     \
  X(label_upsert, "label.upsert")                                       \
  X(label_deleted, "label.deleted")                                     \
  X(label_chat_added, "label.chat.added")                               \
  X(label_chat_deleted, "label.chat.deleted")                           \
  X(engine_event, "engine.event")                                       \
  X(group_join, "group.join")                                           \
  X(group_leave, "group.leave")                                         \
  X(state_change, "state.change")

enum class Name : std::uint8_t {
#define CHASQUI_X(name, text) name,
  CHASQUI_WAHA_NAMES(CHASQUI_X)
#undef CHASQUI_X
};

constexpr NameSet bit(Name name) { return NameSet{1} << static_cast<unsigned>(name); }
std::string_view text_of(Name name);
const std::vector<std::string_view>& all_names();
bool is_legacy(const RenderOptions& options);

/// `*` means every name but `state.change` and `engine.event`; in the legacy profile `state.change` too (in its era `*` was
/// everything). `group.left` is taken for `group.leave`: the old documentation prints both. White space around a name is dropped.
Result<NameSet> subscription(const std::vector<std::string>& names, const RenderOptions& options);
NameSet names_of(const Event& event, const RenderOptions& options);

}  // namespace chasqui::waha
