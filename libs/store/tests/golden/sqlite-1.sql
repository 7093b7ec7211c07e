PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE IF NOT EXISTS "log" (
  "tenant_id" BLOB NOT NULL,
  "position" INTEGER NOT NULL,
  "stream_kind" TEXT NOT NULL,
  "stream_id" BLOB NOT NULL,
  "version" INTEGER NOT NULL,
  "id" BLOB NOT NULL,
  "kind" TEXT NOT NULL,
  "schema" INTEGER NOT NULL,
  "occurred_at" INTEGER NOT NULL,
  "recorded_at" INTEGER NOT NULL,
  "actor" TEXT NOT NULL,
  "purpose" TEXT NOT NULL,
  "correlation" BLOB NOT NULL,
  "causation" BLOB,
  "traceparent" TEXT,
  "payload" TEXT NOT NULL,
  PRIMARY KEY ("position")
) STRICT;
INSERT INTO log VALUES(X'00000000000000000000000000000001',1,'fee',X'0abe2d5900a457c1bb4b911add251b2d',1,X'00000000000000000000000000000001','fee.charged',1,1767225600000001,1767225600000000,'operator','operations',X'019b76daa800710aadec89025cc1beeb',X'00000000000000000000000000000003','00-f893a2eefb32555e71c18690ee42c90b-adec89025cc1beeb-01','{"euros":3}');
INSERT INTO log VALUES(X'00000000000000000000000000000001',2,'fee',X'0abe2d5900a457c1bb4b911add251b2d',2,X'00000000000000000000000000000002','fee.charged',2,1767225600000001,1767225600000000,'operator','operations',X'019b76daa800710aadec89025cc1beeb',X'00000000000000000000000000000003','00-f893a2eefb32555e71c18690ee42c90b-adec89025cc1beeb-01','{"amount_minor":300}');
INSERT INTO log VALUES(X'00000000000000000000000000000001',3,'fee',X'0abe2d5900a457c1bb4b911add251b2d',3,X'00000000000000000000000000000003','fee.charged',3,1767225600000001,1767225600000000,'operator','operations',X'019b76daa800710aadec89025cc1beeb',X'00000000000000000000000000000003','00-f893a2eefb32555e71c18690ee42c90b-adec89025cc1beeb-01','{"amount_minor":300,"currency":"EUR"}');
CREATE TABLE IF NOT EXISTS "counter" (
  "tenant_id" BLOB NOT NULL,
  "name" TEXT NOT NULL,
  "value" INTEGER NOT NULL,
  PRIMARY KEY ("tenant_id", "name")
) STRICT, WITHOUT ROWID;
INSERT INTO counter VALUES(X'00000000000000000000000000000000','delivery',2);
INSERT INTO counter VALUES(X'00000000000000000000000000000000','log',3);
INSERT INTO counter VALUES(X'00000000000000000000000000000000','message',3);
CREATE TABLE IF NOT EXISTS "stream" (
  "tenant_id" BLOB NOT NULL,
  "kind" TEXT NOT NULL,
  "id" BLOB NOT NULL,
  "version" INTEGER NOT NULL,
  PRIMARY KEY ("tenant_id", "kind", "id")
) STRICT, WITHOUT ROWID;
INSERT INTO stream VALUES(X'00000000000000000000000000000001','fee',X'0abe2d5900a457c1bb4b911add251b2d',3);
CREATE TABLE IF NOT EXISTS "snapshot" (
  "tenant_id" BLOB NOT NULL,
  "kind" TEXT NOT NULL,
  "id" BLOB NOT NULL,
  "reducer" INTEGER NOT NULL,
  "version" INTEGER NOT NULL,
  "state" TEXT NOT NULL,
  PRIMARY KEY ("tenant_id", "kind", "id", "reducer")
) STRICT, WITHOUT ROWID;
INSERT INTO snapshot VALUES(X'00000000000000000000000000000001','fee',X'0abe2d5900a457c1bb4b911add251b2d',4,2,'{"by":[1,null,true],"note":"Ω é 🩺 \" \\ \u0001"}');
CREATE TABLE IF NOT EXISTS "message" (
  "tenant_id" BLOB NOT NULL,
  "id" BLOB NOT NULL,
  "queue" TEXT NOT NULL,
  "sequence" INTEGER NOT NULL,
  "ordering_key" TEXT,
  "payload" TEXT NOT NULL,
  "actor" TEXT NOT NULL,
  "purpose" TEXT NOT NULL,
  "correlation" BLOB NOT NULL,
  "causation" BLOB,
  "traceparent" TEXT,
  "sent_at" INTEGER NOT NULL,
  "available_at" INTEGER NOT NULL,
  "attempts" INTEGER NOT NULL,
  "token" INTEGER NOT NULL,
  "worker" TEXT,
  "failure" TEXT,
  PRIMARY KEY ("tenant_id", "id")
) STRICT, WITHOUT ROWID;
INSERT INTO message VALUES(X'00000000000000000000000000000001',X'00000000000000000000000000000002','mail',2,'key 2','{"by":[1,null,true],"note":"Ω é 🩺 \" \\ \u0001"}','operator','operations',X'019b76daa800710aadec89025cc1beeb',X'00000000000000000000000000000003','00-f893a2eefb32555e71c18690ee42c90b-adec89025cc1beeb-01',1767225600000000,1767225630000000,1,2,'w-1',NULL);
INSERT INTO message VALUES(X'00000000000000000000000000000001',X'00000000000000000000000000000003','mail',3,'key 3','{"by":[1,null,true],"note":"Ω é 🩺 \" \\ \u0001"}','operator','operations',X'019b76daa800710aadec89025cc1beeb',X'00000000000000000000000000000003','00-f893a2eefb32555e71c18690ee42c90b-adec89025cc1beeb-01',1767225600000000,1767225600000000,0,0,NULL,NULL);
CREATE TABLE IF NOT EXISTS "dead_letter" (
  "tenant_id" BLOB NOT NULL,
  "id" BLOB NOT NULL,
  "queue" TEXT NOT NULL,
  "sequence" INTEGER NOT NULL,
  "ordering_key" TEXT,
  "payload" TEXT NOT NULL,
  "actor" TEXT NOT NULL,
  "purpose" TEXT NOT NULL,
  "correlation" BLOB NOT NULL,
  "causation" BLOB,
  "traceparent" TEXT,
  "sent_at" INTEGER NOT NULL,
  "available_at" INTEGER NOT NULL,
  "attempts" INTEGER NOT NULL,
  "token" INTEGER NOT NULL,
  "worker" TEXT,
  "failure" TEXT,
  "reason" TEXT NOT NULL,
  "died_at" INTEGER NOT NULL,
  PRIMARY KEY ("tenant_id", "id")
) STRICT, WITHOUT ROWID;
INSERT INTO dead_letter VALUES(X'00000000000000000000000000000001',X'00000000000000000000000000000001','mail',1,'key 1','{"by":[1,null,true],"note":"Ω é 🩺 \" \\ \u0001"}','operator','operations',X'019b76daa800710aadec89025cc1beeb',X'00000000000000000000000000000003','00-f893a2eefb32555e71c18690ee42c90b-adec89025cc1beeb-01',1767225600000000,1767225630000000,1,1,NULL,NULL,'no such address',1767225600000000);
CREATE TABLE IF NOT EXISTS "inbox" (
  "tenant_id" BLOB NOT NULL,
  "consumer" TEXT NOT NULL,
  "event" BLOB NOT NULL,
  "handled_at" INTEGER NOT NULL,
  PRIMARY KEY ("tenant_id", "consumer", "event")
) STRICT, WITHOUT ROWID;
INSERT INTO inbox VALUES(X'00000000000000000000000000000001','ledger',X'00000000000000000000000000000008',1767225600000000);
CREATE TABLE IF NOT EXISTS "checkpoint" (
  "tenant_id" BLOB NOT NULL,
  "consumer" TEXT NOT NULL,
  "position" INTEGER NOT NULL,
  PRIMARY KEY ("tenant_id", "consumer")
) STRICT, WITHOUT ROWID;
INSERT INTO checkpoint VALUES(X'00000000000000000000000000000000','ledger',2);
CREATE TABLE IF NOT EXISTS "answer" (
  "tenant_id" BLOB NOT NULL,
  "caller" TEXT NOT NULL,
  "route" TEXT NOT NULL,
  "request_key" TEXT NOT NULL,
  "fingerprint" BLOB NOT NULL,
  "status" INTEGER NOT NULL,
  "body" TEXT NOT NULL,
  "expires_at" INTEGER NOT NULL,
  PRIMARY KEY ("tenant_id", "caller", "route", "request_key")
) STRICT, WITHOUT ROWID;
INSERT INTO answer VALUES(X'00000000000000000000000000000001','operator','POST /fees','k-1',X'0909090909090909090909090909090909090909090909090909090909090909',201,'{"by":[1,null,true],"note":"Ω é 🩺 \" \\ \u0001"}',1767830400000000);
CREATE TABLE IF NOT EXISTS "audit" (
  "tenant_id" BLOB NOT NULL,
  "chain" INTEGER NOT NULL,
  "sequence" INTEGER NOT NULL,
  "data_subject" BLOB,
  "record" TEXT NOT NULL,
  "hash" BLOB NOT NULL,
  PRIMARY KEY ("tenant_id", "chain", "sequence")
) STRICT, WITHOUT ROWID;
INSERT INTO audit VALUES(X'00000000000000000000000000000001',1,1,X'0000000000000000000000000000004d','{"action":"fee.charged","actor":"operator","at":1767225600000000,"correlation":"019b76da-a800-710a-adec-89025cc1beeb","data_subject":"00000000-0000-0000-0000-00000000004d","details":{"by":[1,null,true],"note":"Ω é 🩺 \" \\ \u0001"},"outcome":"done","partition":1,"purpose":"operations","sequence":1,"subject":"fee/1","tenant":"00000000-0000-0000-0000-000000000001"}',X'a3b249c33bf7fc87017a58c73c46d3fb2ce8c2e41b367dcf5d2213bde49833b9');
INSERT INTO audit VALUES(X'00000000000000000000000000000001',1,2,X'0000000000000000000000000000004d','{"action":"fee.charged","actor":"operator","at":1767225600000000,"correlation":"019b76da-a800-710a-adec-89025cc1beeb","data_subject":"00000000-0000-0000-0000-00000000004d","details":{"by":[1,null,true],"note":"Ω é 🩺 \" \\ \u0001"},"outcome":"done","partition":1,"purpose":"operations","sequence":2,"subject":"fee/2","tenant":"00000000-0000-0000-0000-000000000001"}',X'c9886db3bffc71a2a757ede73d44d76d9d112dd4afd390487cce02e65058f11c');
INSERT INTO audit VALUES(X'00000000000000000000000000000001',1,3,X'0000000000000000000000000000004d','{"action":"fee.charged","actor":"operator","at":1767225600000000,"correlation":"019b76da-a800-710a-adec-89025cc1beeb","data_subject":"00000000-0000-0000-0000-00000000004d","details":{"by":[1,null,true],"note":"Ω é 🩺 \" \\ \u0001"},"outcome":"done","partition":1,"purpose":"operations","sequence":3,"subject":"fee/3","tenant":"00000000-0000-0000-0000-000000000001"}',X'0064d25ad5583efa7b0f79d428c80f1cfed3c35a23e93dfc9a69a12db4293a34');
CREATE TABLE IF NOT EXISTS "audit_head" (
  "tenant_id" BLOB NOT NULL,
  "chain" INTEGER NOT NULL,
  "sequence" INTEGER NOT NULL,
  "hash" BLOB NOT NULL,
  PRIMARY KEY ("tenant_id", "chain")
) STRICT, WITHOUT ROWID;
INSERT INTO audit_head VALUES(X'00000000000000000000000000000001',1,3,X'0064d25ad5583efa7b0f79d428c80f1cfed3c35a23e93dfc9a69a12db4293a34');
CREATE TABLE IF NOT EXISTS "audit_anchor" (
  "tenant_id" BLOB NOT NULL,
  "chain" INTEGER NOT NULL,
  "sequence" INTEGER NOT NULL,
  "hash" BLOB NOT NULL,
  "anchored_at" INTEGER NOT NULL,
  PRIMARY KEY ("tenant_id", "chain", "sequence")
) STRICT, WITHOUT ROWID;
INSERT INTO audit_anchor VALUES(X'00000000000000000000000000000001',1,3,X'0064d25ad5583efa7b0f79d428c80f1cfed3c35a23e93dfc9a69a12db4293a34',1767225600000000);
CREATE TABLE IF NOT EXISTS "read_model" (
  "tenant_id" BLOB NOT NULL,
  "name" TEXT NOT NULL,
  "version" INTEGER NOT NULL,
  "complete" INTEGER NOT NULL,
  PRIMARY KEY ("tenant_id", "name")
) STRICT, WITHOUT ROWID;
INSERT INTO read_model VALUES(X'00000000000000000000000000000000','room',1,1);
CREATE TABLE IF NOT EXISTS "room" (
  "tenant_id" BLOB NOT NULL,
  "id" BLOB NOT NULL,
  "name" TEXT NOT NULL,
  "beds" INTEGER NOT NULL,
  "open" INTEGER NOT NULL,
  "seen_at" INTEGER,
  "details" TEXT,
  "seal" BLOB,
  PRIMARY KEY ("tenant_id", "id")
) STRICT, WITHOUT ROWID;
INSERT INTO room VALUES(X'00000000000000000000000000000001',X'00000000000000000000000000000005','Ωé',-2,1,7,'{"by":[1,null,true],"note":"Ω é 🩺 \" \\ \u0001"}',X'00ff');
CREATE UNIQUE INDEX log_by_stream ON log (tenant_id, stream_kind, stream_id, version);
CREATE INDEX message_due ON message (queue, tenant_id, available_at, sequence);
CREATE INDEX message_by_key ON message (tenant_id, queue, ordering_key, sequence) WHERE ordering_key IS NOT NULL;
CREATE INDEX dead_letter_by_queue ON dead_letter (tenant_id, queue, sequence);
CREATE INDEX audit_by_data_subject ON audit (tenant_id, data_subject, sequence) WHERE data_subject IS NOT NULL;
CREATE INDEX answer_expiring ON answer (expires_at);
CREATE INDEX inbox_handled ON inbox (handled_at);
COMMIT;
PRAGMA user_version = 1;
