package vaultclient

import (
	"fmt"
	"strings"
	"time"
)

const (
	dave  = Email("dave@example.com")
	newby = Email("newhire@example.com") // has no Keeper account yet
	ghost = Email("ghost@nowhere.example")
)

func shared(e Email, u UID, changed bool, expires string) string {
	return fmt.Sprintf("done: RecordShared{Record:%s Email:%s Changed:%t Expires:%s}", u, e, changed, expires)
}

func replayShareRecord() []expected {
	at := Until(time.Date(2099, 1, 2, 3, 4, 5, 0, time.UTC))
	frdAib, opOfg5 := UID("frdAib7qPiLDhct2SFEkDg"), UID("opOfg5xSvgL796iu5P6SsQ")
	billingWith := func(daves string) string {
		return `record RZToj60CrP9GDxjDTPWxAQ "billing-prod login 000" login rev 35 in "/"; alice@example.com: view, ends never; dave@example.com: ` + daves + "; " + svcOwner
	}
	return []expected{
		{0, judged(share(dave, rz)), shared(dave, rz, false, "")},
		{0, judged(share(alice, rz)), "unknown: unrecognised"}, // another person
		{0, judged(share(dave, neb)), "unknown: unrecognised"}, // another record
		{0, judged(RevokeRecord{rz, dave}), "unknown: unrecognised"},
		{0, judged(ShareRecord{Record: rz, Email: dave, Expiry: After(time.Hour)}), "unknown: other_effect"}, // the end is missing
		{1, judged(share("DAVE@Example.com", rz)), shared("DAVE@Example.com", rz, true, "")},                 // answered in lower case
		{2, judged(ShareRecord{Record: rz, Email: dave, Edit: true, Share: true}), shared(dave, rz, true, "")},
		{3, judged(share(dave, rz)), shared(dave, rz, true, "")}, // proves the call, not the rights: those only a get shows
		{4, object(rz), billingWith("edit and share, ends never")},
		{5, judged(LowerRecord{rz, dave, true, false}), shared(dave, rz, true, "")},
		{6, judged(ShareRecord{Record: rz, Email: dave, Expiry: After(24 * time.Hour)}), shared(dave, rz, true, "2026-11-22 19:54:37")},
		{6, judged(share(dave, rz)), "unknown: other_effect"}, // an end that was not ordered
		{7, object(rz), billingWith("share, ends 2026-11-22T19:54:37Z")},
		{8, judged(ShareRecord{Record: rz, Email: dave, Expiry: at}), shared(dave, rz, true, "2099-01-02 03:04:05")},
		{9, judged(ShareRecord{Record: rz, Email: dave, Expiry: Endless()}), shared(dave, rz, true, "never")},
		{9, judged(ShareRecord{Record: rz, Email: dave, Expiry: at}), "unknown: other_effect"},
		{10, judged(share(dave, rz)), "refused: bad_expiry"},
		{11, judged(share(dave, rz)), "refused: bad_expiry"},
		{12, judged(share(dave, rz)), "refused: bad_expiry"},
		{13, judged(share(dave, rz)), "refused: bad_expiry"},
		{14, judged(share(dave, rz)), "refused: bad_command"},
		{15, judged(share(alice, neb)), shared(alice, neb, false, "")},
		{15, judged(share(bob, neb)), shared(bob, neb, true, "")},
		{16, judged(RevokeRecord{rz, dave}), "done: RecordRevoked{Record:RZToj60CrP9GDxjDTPWxAQ Email:dave@example.com}"},
		{16, judged(share(dave, rz)), "unknown: unrecognised"},
		{17, judged(RevokeRecord{rz, dave}), "refused: already_absent"},
		{18, judged(share(newby, rz)), "refused: invitation_sent"},
		{19, judged(share(newby, rz)), "refused: invitation_sent"},
		{19, judged(share(dave, rz)), shared(dave, rz, false, "")},
		{20, judged(share(ghost, rz)), "refused: no_account"},
		{21, judged(share(alice, rz)), "refused: invalid_email"},
		{22, judged(share("svc-commander@example.com", rz)), shared("svc-commander@example.com", rz, true, "")},
		{23, judged(share(alice, "Gsb5VH68mAPdG8PboKTSQA")), "refused: access_denied"},
		{24, judged(share(alice, rz)), shared(alice, rz, true, "")},
		{25, judged(share(alice, rz)), "refused: object_missing"},
		{26, judged(share(alice, dba)), "unknown: unrecognised"}, // each record by itself, which was not ordered
		{26, judged(share(alice, opOfg5)), shared(alice, opOfg5, false, "")},
		{27, judged(share(alice, opOfg5)), shared(alice, opOfg5, true, "")},
		{28, judged(share(alice, "1SMElfMQOjgE1NNkuIfnrg")), "refused: object_missing"},
		{29, judged(share(alice, frdAib)), "unknown: unrecognised"}, // a dry run
		{30, judged(share(alice, rz)), "refused: bad_command"},
		{31, judged(share(alice, rz)), "refused: bad_command"},
		{32, judged(share(alice, rz)), "refused: bad_command"},
		{33, judged(share(alice, rz)), "refused: bad_command"},
		{34, judged(share("invalid.user@example.com", rz)), shared("invalid.user@example.com", rz, false, "")}, // 400 "error"
		{35, judged(share(alice, rz)), "refused: bad_command"},
		{36, judged(share(alice, rz)), "refused: invalid_email"},
		{37, judged(share("frank@example.com", rz)), "refused: bad_command"}, // a help page
		{38, judged(share("frank@example.com", rz)), upstreamFault},          // asked a question nobody could answer
		{39, judged(RevokeRecord{rz, "frank@example.com"}), "unknown: unrecognised"},
		{40, judged(TransferRecord{frdAib, bob}), "done: RecordShared{Record:frdAib7qPiLDhct2SFEkDg Email:bob@example.com Changed:false Expires:}"},
		{41, object(frdAib), `record frdAib7qPiLDhct2SFEkDg "ldap-dr login 008" login rev 568 in "Infrastructure/Network"; alice@example.com: view, ends never; ` +
			"bob@example.com: owner and edit and share, ends never; carol@example.com: share, ends never; svc-commander@example.com: view, ends never"},
	}
}

func folderShared(e Email, changed bool, expires string) string {
	return fmt.Sprintf("done: FolderShared{Folder:%s Email:%s Changed:%t Expires:%s}", dba, e, changed, expires)
}

func replayShareFolder() []expected {
	grant := ShareFolder{Folder: dba, Email: alice, ManageRecords: true}
	week := ShareFolder{Folder: dba, Email: alice, Expiry: After(7 * 24 * time.Hour)}
	to := func(e Email) ShareFolder { return ShareFolder{Folder: dba, Email: e} }
	return []expected{
		{0, judged(grant), folderShared(alice, false, "")},
		{0, judged(to(bob)), "unknown: unrecognised"},
		{0, judged(week), "unknown: other_effect"},
		{1, judged(grant), folderShared(alice, true, "")},
		{2, object(dba), `shared folder 4KcmDEAO-kNEDojKV8dTXw "DBA Shared", 9 records, 1 teams; ` +
			"svc-commander@example.com: manage records and manage users, ends never; bob@example.com: manage records, ends never; " +
			"alice@example.com: manage records, ends never"},
		{3, judged(week), folderShared(alice, false, "2026-11-28 19:54:43")},
		{3, judged(grant), "unknown: other_effect"},
		{4, judged(ShareFolder{Folder: dba, Email: alice, Expiry: Endless()}), folderShared(alice, false, "never")},
		{5, judged(UnshareFolder{dba, alice}), "done: FolderUnshared{Folder:4KcmDEAO-kNEDojKV8dTXw Email:alice@example.com}"},
		{5, judged(grant), "unknown: unrecognised"},
		{6, judged(UnshareFolder{dba, alice}), silent},
		{7, judged(to(newby)), "refused: invitation_sent"},
		{8, judged(to(newby)), "refused: invitation_sent"},
		{8, judged(to(bob)), folderShared(bob, false, "")}, // 207
		{9, judged(to(ghost)), "refused: no_account"},
		{10, judged(to(alice)), "refused: no_account"},
		{11, judged(to(alice)), silent},
		{12, judged(to(alice)), "refused: object_missing"},
		{13, judged(to(alice)), folderShared(alice, false, "")},
		{14, judged(to(alice)), "refused: object_missing"},
		{15, judged(to(alice)), folderShared(alice, true, "")},
		{16, judged(to(alice)), "refused: access_denied"},
		{17, judged(to(alice)), "refused: nothing_to_do"},
		{18, judged(to(alice)), upstreamFault}, // an exception that is not known to mean a refusal
		{19, judged(to(alice)), "unknown: unrecognised"},
		{20, judged(to(alice)), "refused: bad_command"},
		{21, judged(to(alice)), silent},
	}
}

func oneHour(u UID) OneTimeShareCreate { return OneTimeShareCreate{Record: u, Lives: time.Hour} }

func created(id string, editable bool) string {
	return fmt.Sprintf("done: OneTimeShareCreated{Record:%s Share:%s URL:••• Editable:%t}", rz, id, editable)
}

func replayOneTimeShare() []expected {
	editable := OneTimeShareCreate{Record: rz, Lives: 30 * time.Minute, Editable: true}
	const gone = ShareID("XzSQU8wl2-vFZG05YTbQDlQIxvR8aC2N1ZHh6ct1uDueA29-PxrXRg1LK-4fvVz6nesQF6nCc954P7gymMtTMw")
	return []expected{
		// The ids are those of the list in step 6.
		{0, judged(oneHour(rz)), created("O8RBk3-X16zrSKSYiqh8iGDzjRMwoX7uRhkJoctBK7mcFaJCzqVzhZk2fMfrLBtv8PLQFzDuOOjIt0GkBwfwbQ", false)},
		{0, judged(editable), "unknown: other_effect"},
		{1, judged(oneHour(rz)), created(string(gone), false)},
		{2, judged(editable), created("BfA-Zj8v1GzQutvBuy66S9REk32LSe5clsYA5ljuq9dh6Mjea0gPoCTCDX3lX_V1Fs8ecvSILmXJmOZblrnnCA", true)},
		{2, judged(oneHour(rz)), "unknown: other_effect"},
		{3, judged(oneHour(rz)), created("tyHaQv-YaVq7Z6-m3Iu-ltZxhUkuS0tKtXeHovyJUf3zv2zjJK0rSx0ATxHVsfnCmzK_hasyrjqS6c6OEnS_LQ", false)},
		{4, judged(oneHour(rz)), "unknown: unrecognised"}, // a table
		{5, judged(oneHour(rz)), "unknown: unrecognised"},
		{6, parsed(parseOneTimeShares), "6 rows: {Record:RZToj60CrP9GDxjDTPWxAQ Share:O8RBk3-X16zrSKSYiqh8iGDzjRMwoX7uRhkJoctBK7mcFaJCzqVzhZk2fMfrLBtv8PLQFzDuOOjIt0GkBwfwbQ " +
			"Generated:2026-11-21T19:54:46.416000 Expires:2026-11-21T20:54:46.417000 Opened: Status:}"},
		{7, parsed(parseOneTimeShares), failedSaying + "Record UID              Share Link Name    Share Link ID              …"},
		{8, parsed(parseOneTimeShares), "0 rows"},
		{9, judged(OneTimeShareRemove{rz, gone}), "unknown: unrecognised"}, // removed by its name, which we never send
		{10, judged(OneTimeShareRemove{rz, gone}), "refused: already_absent"},
		{11, judged(OneTimeShareRemove{"ukGMrneC4mFZXQQnp64oyA", gone}), "refused: already_absent"},
		{12, judged(oneHour(rz)), "refused: bad_command"},
		{13, judged(oneHour(rz)), "refused: bad_expiry"},
		{14, judged(oneHour(rz)), "refused: bad_expiry"},
		{15, judged(oneHour(rz)), created("pEe12VrwEIEyUVYt1w8zzUi-2AAP9qK10rFHZrxa0qoKgjDsgEaKNo4b8yBrM22b1Lqz42wVnWpUDb0nStSIFQ", false)},
		{16, judged(oneHour("W1OcRPF7sD9JEO4qRVjDog")), "refused: pam_record"},
		{17, judged(oneHour(rz)), "refused: object_missing"},
		{18, judged(oneHour(rz)), "refused: bad_command"},
		{19, judged(oneHour(rz)), created("RiLnOt5XV3nJFmqVW828e9ktJBIyWa3L7pWwOqNaHEMTWljiyHGbQUgbSzSVXbXCqVbftgmo__X4UYyzTJbcjQ", false)},
	}
}

func replayUpstream() []expected {
	const ta = UID("TAioBIo0opi7P8jRsPVHTA")
	lost := `record RZToj60CrP9GDxjDTPWxAQ "billing-prod login 000" login rev 569 in "/"; alice@example.com: view, ends never; dave@example.com: view, ends never; ` +
		"erin@example.com: view, ends never; frank@example.com: view, ends never; invalid.user@example.com: view, ends never; " +
		"svc-commander@example.com: edit and share, ends never; " + svcOwner
	viewed := func(status string) string {
		return "EPMRequest{UID:TAioBIo0opi7P8jRsPVHTA Type:LeastPrivilege Status:" + status + " Agent:fL9AAba6LeY9RL4Ra-D13w " +
			"Account:[{Key:Domainname Value: Cut:false} {Key:MachineName Value:HOST-04 Cut:false} {Key:Username Value:erin Cut:false}] " +
			"Application:[{Key:CommandLine Value: Cut:false} {Key:Description Value:Registry Editor Cut:false} " +
			"{Key:FileHash Value:2bb2c55557dc9db368c92201ece52185d7d5ac87fc8ec6eee729a1533d2f9eff Cut:false} {Key:FileName Value:regedit.exe Cut:false} " +
			`{Key:FilePath Value:C:\Windows Cut:false}] Justification:Ünïcode 東京 <b>bold</b> & "quotes" it's ExpiresIn:40 Created:2026-11-21T19:14:20.554000}`
	}
	return []expected{
		{0, judged(share("frank@example.com", rz)), upstreamFault}, // executed
		{1, object(rz), lost},
		{2, judged(share("grace@example.com", rz)), upstreamFault}, // not executed, the same text
		{3, object(rz), lost},
		{4, judged(addLogin), upstreamFault},
		{5, parsed(parseItems), "0 rows"},
		{6, parsed(parseSync), "{}"},
		{7, parsed(parseItems), "1 rows: {Kind:record UID:PbnQkRvTdURaU29QbtWrRg Title:REQ99 Type:login Description:a Category:classic}"},
		{8, judged(EPMAction{ta, EPMApprove}), upstreamFault},
		{9, view(ta), viewed("Pending")},
		{10, parsed(parseSync), "{}"},
		{11, view(ta), viewed("Approved")},
		{12, judged(oneHour("MfYOJ0w6OJvAY7O0oh3RcQ")), upstreamFault},
		{13, parsed(parseOneTimeShares), "1 rows: {Record:MfYOJ0w6OJvAY7O0oh3RcQ Share:9_PcnS7scNp6L7eAXayrFLby6QXisQVRmOc5uVmJ98qWnnprltO7OqXBQkEojp2P2yogf7j2Epm8oBEStgPWjg " +
			"Generated:2026-11-21T19:55:13.039000 Expires:2026-11-21T20:55:13.039000 Opened: Status:}"},
		{14, judged(share("grace@example.com", rz)), "unknown: throttled"},
		{15, server, "error: vault service unreachable"},                                                   // the connection was cut during a read
		{15, submitted(share("heidi@example.com", rz)), "error: vault service unreachable (maybe queued)"}, // and during a submit
		{16, object(rz), strings.NewReplacer("rev 569", "rev 662", "invalid", "heidi@example.com: view, ends never; invalid").Replace(lost)},
		{17, judged(share("grace@example.com", rz)), "unknown: logged_out"},
		{17, server, "error: the service account is logged out: Unexpected error: session_token_expired: Session token expired"},
	}
}
