// Package widget holds the parts that screens are made of: lists, details,
// forms, dialogs, the bars of the frame.
//
// Rules it keeps:
//
//   - A widget is a struct with ordinary methods. Its size comes from above
//     (SetSize), View returns exactly that many lines, none wider; any size is
//     allowed, also zero.
//   - Update returns a command or nil and does no I/O. Nothing is scheduled
//     while nothing is awaited, so that an idle screen sends nothing.
//   - Text reaches the screen as Span only: words of ours by Say, foreign text
//     as safetext.Visible by Show.
//   - Mouse messages have coordinates relative to the widget; Rect.Mouse
//     translates.
//   - Time comes from a function given by the owner.
package widget
