// Package ui is the console: one tea.Model with the frame around the tabs
// (SCREENS, Frame). The tabs are packages of their own; what they and the frame
// agree on is package tab.
//
// Rules it keeps:
//
//   - Only App returns a tea.View. Tabs and overlays draw strings.
//   - Nothing is drawn before the size is known, and the first frame waits for
//     no I/O: lists say that they are loading. The terminal is asked for its
//     background and its colours, and never waited for.
//   - No I/O in Update or View. All work is a command of tab.Env.Do; when the
//     session ends, their context is cancelled and they are waited for.
//   - An idle screen sends nothing. One timer wakes the frame: each minute, when
//     a notice is over, and when the tab in front named a time (tab.Timely).
//     The figures of the header change with the health word, or once a minute.
//   - What a command of a tab answers reaches the tabs of the session that asked,
//     never those of the person a demo changed to.
//   - While a tab captures the keys, all of them are its own but ctrl+c and, where
//     it is allowed, ctrl+z.
//   - The page of people stands before the tabs until it sends tab.Leave or a tab
//     is chosen; everything else of the frame treats it as the tab in front.
//   - Who is disabled while they sit here loses the screen at once, reads why, and
//     can only leave.
//   - What an overlay covers has not been seen: the tab is not drawn meanwhile.
//
// # Wiring
//
// The caller loads the person, fills in Options and calls Run, or, for a program
// that something else runs (an SSH session), New and then Close:
//
//	me, err := service.Actor(ctx, login)
//	...
//	err = ui.Run(ui.Options{
//		Env:     &tab.Env{Theme: look, Now: time.Now, Zone: time.Local, Root: ctx, Me: me},
//		Service: service,
//		Tabs: func(env *tab.Env) map[tab.Name]tab.Tab {
//			return map[tab.Name]tab.Tab{tab.Portal: portal.New(env, service), ...}
//		},
//	})
//
// Tabs is called again for each person that a demo changes to. Give it all five
// tabs; Options.Opens decides which of them a person sees. The theme is made with
// Dark true; the frame corrects it when the terminal answers.
package ui
