package vaultsim

// Help texts as the product prints them; the service trims every line and drops empty ones.
const (
	helpShareRecord = `usage: share-record [-h] -e EMAIL [--contacts-only] [-f]
[-a {grant,revoke,owner,cancel}] [-s] [-w] [-R]
[--dry-run]
[--expire-at EXPIRE_AT | --expire-in <NUMBER>[(mi)nutes|(h)ours|(d)ays|(mo)nths|(y)ears]]
[-roe]
[record]
Change the sharing permissions of an individual record
positional arguments:
record                record/shared folder path/UID
options:
-h, --help            show this help message and exit
-e EMAIL, --email EMAIL
account email
--contacts-only       Share only to known targets; Allows routing to
alternate domains with matching usernames if needed
-f, --force           Skip confirmation prompts
-a {grant,revoke,owner,cancel}, --action {grant,revoke,owner,cancel}
user share action. 'grant' if omitted
-s, --share           can re-share record
-w, --write           can modify record
-R, --recursive       apply command to shared folder hierarchy
--dry-run             display the permissions changes without committing
them
--expire-at EXPIRE_AT
share expiration: never or UTC datetime
--expire-in <NUMBER>[(mi)nutes|(h)ours|(d)ays|(mo)nths|(y)ears]
share expiration: never or period
-roe, --rotate-on-expiration
rotate the password when the share access expires.
Only valid on grant; requires a positive --expire-
at/--expire-in (not "never") and a pamUser record with
rotation configured.`

	helpLinkCreate = `usage: one-time-share [-h] [--output {clipboard,stdout}] [--name SHARE_NAME]
[-e <NUMBER>[(mi)nutes|(h)ours|(d)ays]] [--editable]
record [record ...]
Creates one-time share URL for a record
positional arguments:
record                record path or UID. Can be repeated
options:
-h, --help            show this help message and exit
--output {clipboard,stdout}
password output destination
--name SHARE_NAME     one-time share URL name
-e <NUMBER>[(mi)nutes|(h)ours|(d)ays], --expire <NUMBER>[(mi)nutes|(h)ours|(d)ays]
Time period record share URL is valid.
--editable            Allow recipient to edit record fields and upload files`

	helpLinks = `one-time-share command [--options]
Command    Description
---------  ------------------------------------------------
list       Displays a list of one-time shares for record(s)
create     Creates one-time share URL for record(s)
remove     Removes one-time share URL for a record.`

	helpApproval = `epm command [--options]
Command    Description
---------  ----------------------------
list       List EPM approval requests
view       View EPM approval
action     Modify EPM approval requests`

	helpEPM = `epm command [--options]
Command     Description
----------  --------------------------------------------------
sync-down   Sync down EPM data from the backend
deployment  Manage EPM deployments
agent       Manage EPM agents
policy      Manage EPM policies
collection  Manage EPM collections
approval    Manage EPM approval requests and approvals
offline     Offline agent communication
scim        Sync EPM user/group collections from AD or AzureAD
report      Display EPM  reports`
)
