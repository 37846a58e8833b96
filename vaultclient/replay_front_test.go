package vaultclient

import (
	"context"
	"fmt"
	"strings"
)

const (
	rz    = UID("RZToj60CrP9GDxjDTPWxAQ") // a record of the service account
	neb   = UID("NebebBkWL8I-15gXTW2y_w") // another
	dba   = UID("4KcmDEAO-kNEDojKV8dTXw") // a shared folder
	alice = Email("alice@example.com")
	bob   = Email("bob@example.com")
)

func share(e Email, u UID) ShareRecord { return ShareRecord{Record: u, Email: e} }

func server(ctx context.Context, c *Client) string {
	name, err := c.Server(ctx)
	if err != nil {
		return describeError(err)
	}
	return name
}

func queue(ctx context.Context, c *Client) string {
	q, err := c.QueueStatus(ctx)
	if err != nil {
		return describeError(err)
	}
	return fmt.Sprintf("size %d active %d completed %d processing %.8s idle %t", q.Size, q.Active, q.Completed, q.Processing, q.Idle())
}

// health makes the call to /health alone.
func health(ctx context.Context, c *Client) string {
	h := c.Health(ctx)
	if h.Err != nil {
		return describeError(h.Err)
	}
	return "answers"
}

func status(id RequestID) reader {
	return func(ctx context.Context, c *Client) string {
		s, err := c.RequestStatus(ctx, id)
		if err != nil {
			return describeError(err)
		}
		return strings.TrimSpace(fmt.Sprintf("%s %d", s.State, s.Code))
	}
}

const (
	keyRefused    = "error: key refused or service configuration unreadable"
	keyExpired    = "error: key expired: API key has expired"
	notPermitted  = "error: command not permitted for this key "
	addressGone   = "error: address not allowed by the vault service: IP is not allowed to call API service"
	refusedForm   = "error: request not accepted by the vault service: "
	notService    = "error: answer is not from Service Mode"
	queueOff      = "error: the vault service runs without its queue"
	queueIsFull   = "error: queue of the vault service is full: Error: Request queue is full. Please try again later."
	expired       = "error: the command waited too long and was dropped: Error: Request expired before execution while waiting for result"
	unknownID     = "error: request id unknown to the vault service"
	region        = "keepersecurity.com"
	badJSONv1     = refusedForm + "Error: 400 Bad Request: The browser (or proxy) sent a request that this …"
	badJSONv2     = refusedForm + "400 Bad Request: The browser (or proxy) sent a request that this serve…"
	idleQueue     = "size 0 active 0 completed 0 processing  idle true"
	limited60     = "error: rate limited [60 per 1 minute]"
	failedSaying  = "error: the vault service reports a failure: "
	silent        = "unknown: silent"
	upstreamFault = "unknown: upstream"
)

func replayHealth() []expected {
	return []expected{{0, health, "answers"}, {1, health, "answers"}, {2, health, notService}}
}

func replayAuth() []expected {
	submit := submitted(share(alice, rz))
	return []expected{
		{0, server, keyRefused},
		{1, submit, keyRefused},
		{2, submit, keyRefused},
		{3, submit, keyExpired},
		{4, queue, keyRefused},
		{5, status("00000000-0000-0000-0000-000000000000"), keyRefused},
		{6, server, keyRefused},
		{7, server, region},
		{8, server, keyRefused},
	}
}

func replayPolicy() []expected {
	no := notPermitted + "[server]" // the word of the command that the replay sends
	missing := refusedForm + "Missing required parameter"
	return []expected{
		{0, server, no}, {1, server, no}, {2, server, no},
		{3, parsed(parseItems), "0 rows"},
		{4, server, no}, {5, server, no}, {6, server, no}, {7, server, no}, {8, server, no}, {9, server, no},
		{10, parsed(parseItems), failedSaying + "Command executed successfully but produced no output"},
		{11, server, refusedForm + "Command length exceeded"},
		{12, parsed(parseItems), failedSaying + "Command executed successfully but produced no output"},
		{13, parsed(parseItems), failedSaying + "Command executed successfully but produced no output"},
		{14, server, missing + "s: folder type flag (-sf/--shared-folder fo…"},
		{15, server, missing + "s: folder name"},
		{16, server, missing + ": --notes with non-empty value"},
	}
}

func replayBody() []expected {
	submit := submitted(share(alice, rz))
	missing := refusedForm + `Missing required field "command"`
	noString := refusedForm + "Command must be a string"
	contentType := refusedForm + "Content-Type must be application/json"
	return []expected{
		{0, server, badJSONv1}, {1, server, badJSONv1}, {2, server, refusedForm + "Invalid or empty JSON"}, {3, server, missing},
		{4, server, notPermitted + "[server]"}, {5, server, missing}, {6, server, noString}, {7, server, refusedForm + "Access denied"},
		{8, server, refusedForm + "Access denied"}, {9, server, contentType}, {10, server, contentType}, {11, server, region},
		{12, server, region}, {13, server, notService},
		{14, submit, badJSONv2}, {15, submit, badJSONv2}, {16, submit, refusedForm + "Invalid or empty JSON"}, {17, submit, missing},
		{18, submit, notPermitted + "[share-record]"}, {19, submit, missing}, {20, submit, noString},
		{21, submit, refusedForm + "Access denied"}, {22, submit, refusedForm + "Access denied"},
		{23, submit, contentType}, {24, submit, contentType},
		{25, submit, "queued as 159c3fde-41da-4fc1-92ba-fe61941d7477"},
		{26, submit, "queued as 7f3256bb-c03b-4021-95a4-4e8fe2b1bd73"},
		{27, submit, notService},
		{28, health, notService}, // an address with nothing of the service's
		{29, server, notService}, // likewise, for a read
		{30, submit, queueOff},   // v2 is not there: to a submit that means a service without a queue
	}
}

func replayIPDenied() []expected {
	return []expected{{0, server, addressGone}, {1, server, addressGone}, {2, health, "answers"}}
}

func replayIPNotAllowed() []expected {
	return []expected{{0, submitted(share(alice, rz)), addressGone}}
}

func replayQueueFull() []expected {
	submit := submitted(share(alice, rz))
	return []expected{
		{0, submit, "queued as 7e98f59e-12c1-4d22-bfa8-c915080e788f"},
		{1, submit, "queued as 1a343ce2-006e-4ad2-9cbd-be53a67b39b4"},
		{2, submit, "queued as 3e7ece20-277e-4354-9911-e8b5d294b7b2"},
		{3, submit, queueIsFull}, {4, submit, queueIsFull}, {5, server, queueIsFull},
	}
}

func replayQueueExpired() []expected {
	first, second := RequestID("42b6f002-a0c0-481c-8386-ed9aba882e22"), RequestID("c5ac27dd-0971-4cec-a204-2d723233e96c")
	submit := submitted(share(alice, rz))
	return []expected{
		{0, submit, "queued as " + string(first)},
		{1, submit, "queued as " + string(second)},
		{2, server, expired},
		{3, status(second), "queued 0"},
		{4, awaited(first, share(alice, rz)), "done: RecordShared{Record:RZToj60CrP9GDxjDTPWxAQ Email:alice@example.com Changed:true Expires:}"},
		{5, awaited(second, share(alice, rz)), "unknown: unrecognised"}, // the answer of another command
		{6, status(second), "completed 200"},
		{7, awaited(first, share(alice, rz)), unknownID},
	}
}

func replayWorkerHung() []expected {
	first, second := RequestID("24adc5f5-54c9-4099-8a5d-8b7e015c5a57"), RequestID("c157f4b0-8962-4721-91a0-31af1f3aa604")
	submit := submitted(share(alice, rz))
	return []expected{
		{0, submit, "queued as " + string(first)},
		{1, submit, "queued as " + string(second)},
		{2, queue, "size 1 active 2 completed 0 processing 24adc5f5 idle false"},
		{3, server, expired},
		{4, status(second), "queued 0"},
		{5, health, "answers"},
		{6, awaited(first, share(alice, rz)), upstreamFault},
		{7, status(second), "completed 200"},
	}
}

func replayRateConfigured() []expected {
	limited := "error: rate limited [3 per 1 minute]"
	return []expected{{0, queue, idleQueue}, {1, queue, idleQueue}, {2, queue, idleQueue}, {3, queue, limited}, {4, queue, limited}}
}

func replayRateDefault() []expected {
	id := RequestID("2d0b2436-f118-41a8-ad98-3d1c1c1f07bc")
	return []expected{
		{0, queue, idleQueue}, {1, queue, idleQueue}, {2, queue, idleQueue}, {3, queue, limited60}, {4, queue, limited60}, {5, queue, limited60},
		{6, submitted(share(alice, rz)), "queued as " + string(id)},
		{7, polled(id), "ready: true"},
		{8, polled(id), limited60},
		{9, polled("00000000-0000-0000-0000-000000000000"), limited60},
		{10, status(id), "completed 200"},
		{11, server, keyRefused}, {12, server, keyRefused}, {13, server, limited60}, {14, server, limited60},
		{15, health, "answers"},
	}
}

func replayRateHigh() []expected {
	return []expected{
		{0, queue, idleQueue}, {1, queue, idleQueue}, {2, queue, idleQueue}, {3, queue, idleQueue}, {4, queue, idleQueue}, {5, queue, idleQueue},
	}
}

func replayLifecycle() []expected {
	first, second, third := RequestID("af1ace2a-f651-4c56-918a-b406fe15c8a8"), RequestID("09e4765f-400f-4b2b-89ea-47a4dd89bdc9"),
		RequestID("11d82a9b-6674-400d-a0f3-38044553d487")
	granted := "done: RecordShared{Record:RZToj60CrP9GDxjDTPWxAQ Email:erin@example.com Changed:false Expires:}"
	erin := share("erin@example.com", rz)
	return []expected{
		{0, submitted(erin), "queued as " + string(first)},
		{1, submitted(erin), "queued as " + string(second)},
		{2, status(first), "processing 0"},
		{3, status(second), "queued 0"},
		{4, polled(first), "ready: false"},
		{5, polled(second), "ready: false"},
		{6, queue, "size 1 active 2 completed 283 processing af1ace2a idle false"},
		{7, queue, "size 1 active 0 completed 0 processing  idle false"},
		{8, status(first), unknownID},
		{9, awaited(first, erin), granted},
		{10, status(first), "completed 200"},
		{11, awaited(first, erin), granted},
		{12, awaited(second, erin), "unknown: unrecognised"}, // the answer of a search
		{13, status(second), "completed 200"},
		{14, submitted(erin), "queued as " + string(third)},
		{15, status(third), "completed 500"},
		{16, awaited(third, share(alice, rz)), "refused: object_missing"},
		{17, status("00000000-0000-0000-0000-000000000000"), unknownID},
		{18, awaited("00000000-0000-0000-0000-000000000000", erin), unknownID},
		{19, status("not-a-uuid"), unknownID},
		{20, queue, "size 0 active 0 completed 286 processing  idle true"},
	}
}

func replayV1WithQueue() []expected {
	erin := share("erin@example.com", rz)
	return []expected{
		{0, server, region},
		{1, judged(share(alice, rz)), "refused: object_missing"},
		{2, judged(erin), "done: RecordShared{Record:RZToj60CrP9GDxjDTPWxAQ Email:erin@example.com Changed:true Expires:}"},
	}
}

func replayV1WithoutQueue() []expected {
	changed := func(e Email, u UID) string {
		return fmt.Sprintf("done: RecordShared{Record:%s Email:%s Changed:true Expires:}", u, e)
	}
	return []expected{
		{0, server, region},
		{1, parsed(parseItems), "0 rows"},
		{2, submitted(share(alice, rz)), queueOff},
		{3, queue, queueOff},
		{4, judged(share(alice, rz)), changed(alice, rz)},
		// The answer of one caller holds the sentences of the others: only one's own counts.
		{4, judged(share(bob, neb)), "unknown: unrecognised"},
		{5, judged(share(alice, rz)), changed(alice, rz)}, {5, judged(share(alice, neb)), "unknown: unrecognised"},
		{6, judged(share(alice, rz)), changed(alice, rz)},
		{7, judged(share(bob, neb)), changed(bob, neb)}, {7, judged(share(bob, rz)), "unknown: unrecognised"},
		{8, judged(share(bob, neb)), changed(bob, neb)}, {9, judged(share(bob, neb)), changed(bob, neb)},
	}
}

func replayEncrypted() []expected {
	id := RequestID("a965a6f9-7dc2-4611-b77d-3085445362dd")
	return []expected{
		{0, server, region},
		{1, judged(share(alice, rz)), "refused: object_missing"},
		{2, judged(share(alice, rz)), "refused: bad_command"},
		{3, server, keyRefused},
		{4, submitted(share(alice, rz)), "queued as " + string(id)},
		{5, status(id), "completed 200"},
		{6, polled(id), "ready: true"},
		{6, parsed(parseWhoAmI), "Account{User:svc-commander@example.com Server:keepersecurity.com}"},
	}
}

func replayFiledata() []expected {
	id := RequestID("12cc27eb-8f22-4b6d-b80d-db05a7fa89db")
	return []expected{
		{0, judged(addLogin), "done: RecordAdded{Record:2q4jvIuNvMKavdSCAiEx9Q Share: URL:•••}"},
		{1, parsed(parseItems), "0 rows"}, {2, parsed(parseItems), "0 rows"}, {3, parsed(parseItems), "0 rows"},
		{4, submitted(addLogin), "queued as " + string(id)},
		{5, status(id), "completed 200"},
	}
}

func replayServiceLog() []expected {
	return []expected{
		{0, judged(addLogin), "done: RecordAdded{Record:R06v_9i16kWSbHF1DDae-w Share: URL:•••}"},
		{1, judged(addLogin), "done: RecordAdded{Record:mE9HdYgzamXusZMnGoUOlg Share: URL:•••}"},
		{2, judged(oneHour(rz)), "done: OneTimeShareCreated{Record:RZToj60CrP9GDxjDTPWxAQ " +
			"Share:rESHxcQMSkAaLxmdyt7ObLr44sd3Xc8cTJC50E9iXolenI446rUon1kCFUl8oTq-C_7bwDsomzpssI143vaVeQ URL:••• Editable:false}"},
	}
}
