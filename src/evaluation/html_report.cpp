// SPDX-License-Identifier: Apache-2.0
#include "core/report_style.h"
#include "evaluation/html_parts.h"
#include "evaluation/html_script.h"
#include "evaluation/html_style.h"
#include "evaluation/report_text.h"
#include "vcisr/evaluation/reports.h"

namespace vcisr::evaluation {
namespace {

constexpr std::size_t kMostFiles = 50;

std::string list(const std::vector<std::string>& items) {
  if (items.empty()) return "";
  std::string html = "<ul>\n";
  for (const auto& item : items) html += "<li>" + item + "</li>\n";
  return html + "</ul>\n";
}

std::string page_head(const ReportHead& head, const std::string& title) {
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      // Nothing is loaded from anywhere, whatever a file's name holds.
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
      "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n<title>" +
      title + "</title>\n<style>" + kReportStyle + kEvaluationStyle +
      "</style>\n</head>\n<body>\n<h1>" + title + "</h1>\n";
  std::string about = html_text(head.program);
  if (!head.time.empty()) about += (about.empty() ? "" : " · ") + html_text(head.time);
  if (!about.empty()) html += "<p class=\"about\">" + about + "</p>\n";
  if (!head.command.empty()) {
    html += "<p class=\"about\"><code>" + html_text(head.command) + "</code></p>\n";
  }
  return html;
}

std::string failures(const Digest& digest) {
  std::vector<std::string> items;
  for (const auto i : digest.failed) {
    items.push_back(html_text(failure_text(digest.result->sequences[i])));
  }
  if (items.empty()) return "";
  const auto all = static_cast<std::int64_t>(digest.result->sequences.size());
  return "<div class=\"alarm\">\n<p>Not measured: " + std::to_string(items.size()) + " of " +
         counted(all, digest.noun) + "</p>\n" + list(items) + "</div>\n";
}

std::string protocol(const Result& result) {
  std::vector<std::string> items;
  for (const auto& sentence : result.protocol) items.push_back(html_text(sentence));
  return list(items);
}

std::string files(const Digest& digest) {
  std::vector<std::string> items;
  const auto& sequences = digest.result->sequences;
  for (std::size_t i = 0; i < sequences.size() && i < kMostFiles; ++i) {
    const auto& sequence = sequences[i];
    std::string item = "<code>" + html_text(sequence.distorted) + "</code>";
    if (!sequence.reference.empty()) {
      item += " against <code>" + html_text(sequence.reference) + "</code>";
    }
    if (!sequence.compressed.empty()) {
      item += ", restored from <code>" + html_text(sequence.compressed) + "</code>";
    }
    if (!sequence.distorted.empty()) items.push_back(item);
  }
  if (sequences.size() > kMostFiles) {
    items.push_back("and " + std::to_string(sequences.size() - kMostFiles) +
                    " more, which the JSON report names");
  }
  return list(items);
}

std::string notes(const Digest& digest) {
  std::vector<std::string> items;
  for (const auto& note : shared_notes(*digest.result)) {
    const std::string whose =
        digest.result->sequences.size() == 1
            ? ""
            : "<b>" + html_text(names_of(*digest.result, note.sequences)) + "</b>: ";
    items.push_back(whose + html_text(note.text));
  }
  return list(items);
}

/// Long lists are folded.
std::string folded(const std::string& title, const std::string& body, bool is_folded) {
  if (body.empty() || !is_folded) return html_section(title, body);
  return "<section>\n<details><summary>" + html_text(title) + "</summary>\n" + body +
         "</details>\n</section>\n";
}

}  // namespace

std::string html_report(const Result& result, const ReportHead& head) {
  const Digest digest(result);
  const std::string title = head.title.empty() ? "Evaluation" : html_text(head.title);
  std::string page = page_head(head, title) + failures(digest);
  if (result.sequences.empty()) page += "<p>Nothing was compared.</p>\n";
  page += "<div class=\"side\">\n" + html_section("Overall", html_overall(digest)) +
          html_section("Pooled over all frames", html_pooled(digest)) + "</div>\n";
  page += html_section("Charts", html_charts(digest));
  page += html_section(digest.noun == "picture" ? "Worst pictures" : "Worst frames",
                       html_worst(digest));
  page += html_section("Each " + digest.noun, html_sequences(digest));
  page += html_section("Protocol", protocol(result));
  const bool are_many = result.sequences.size() > 8;
  page += folded("Files", files(digest), are_many) + folded("Notes", notes(digest), are_many);
  page += html_section("Every frame", html_frames(digest));
  return page + "<script>" + kEvaluationScript + "</script>\n</body>\n</html>\n";
}

}  // namespace vcisr::evaluation
