//! Times at which a practitioner cannot be booked.

use medcover_contract_hospital::endpoints::{BLOCK_TIME, PageQuery};
use medcover_contract_hospital::events::{BlockMade, CalendarUse};
use medcover_contract_hospital::permissions::{ManageSchedules, ReadSchedules};
use medcover_contract_hospital::{Block, BlockId, BlockList, BlockTimeRequest, MAX_DAYS};
use medcover_kernel::{Allowed, Error, ErrorKind, PractitionerId, Result};
use medcover_store::{Append, Loaded};

use super::calendars::{Calendars, Whose};
use super::service::{HospitalService, done, ids};
use crate::domain::block;
use crate::domain::calendar::Entry;
use crate::domain::fields;
use crate::domain::resource::Practitioner;
use crate::domain::span::{Span, minutes};
use crate::store::BLOCKS_BY_PRACTITIONER;

/// Blocks a time that is free.
pub(super) async fn block_time(
    service: &HospitalService,
    allowed: Allowed<'_, ManageSchedules>,
    practitioner: PractitionerId,
    request: BlockTimeRequest,
) -> Result<Block> {
    let call = allowed.call();
    let id = service.id_or_new(request.id.map(|id| id.as_uuid()));
    let request = &request;
    let decision = |append: Append| async move {
        let reason = fields::reason(&request.reason)?;
        let (start, end) = (request.start.0, request.end.0);
        let longest = start.plus(minutes(MAX_DAYS * 24 * 60));
        if start >= end || end > longest {
            let rule = format!("must be after start, at most {MAX_DAYS} days");
            return Err(Error::invalid("/end", rule));
        }
        let with: Loaded<Practitioner> = service.load(call, practitioner.as_uuid()).await?;
        with.state.existing()?;
        let mut thing: Loaded<block::Block> = service.load(call, id).await?;
        let made = BlockMade {
            practitioner,
            start,
            end,
            reason,
        };
        let Some(event) = thing.state.make(made)? else {
            return Ok((thing.relied_on(append), view(&thing)?));
        };
        let entry = Entry {
            kind: CalendarUse::Blocked,
            service: None,
            span: Span::new(start, end),
            capacity: 1,
            until: None,
            overbooked: false,
        };
        let whose = Whose::Practitioner(practitioner);
        let mut calendars = Calendars::new(service, call);
        if calendars.room(whose, &entry, None, service.now()).await? == 0 {
            let message = "Something is booked, held or blocked within that time.";
            return Err(Error::new(ErrorKind::Conflict, "slot-taken", message));
        }
        calendars.take(whose, &entry, id).await?;
        let append = service.keep(calendars.write(append)?, &mut thing, Some(event))?;
        let append = append.audit(done("block.made", &thing.stream, None));
        Ok((append, view(&thing)?))
    };
    let request = &(practitioner, request);
    service
        .once(call, BLOCK_TIME.spec(), request, decision)
        .await
}

/// A page of the blocks of a practitioner, the earliest first.
pub(super) async fn blocks(
    service: &HospitalService,
    allowed: Allowed<'_, ReadSchedules>,
    practitioner: PractitionerId,
    page: PageQuery,
) -> Result<BlockList> {
    let (call, after) = (allowed.call(), page.after.as_deref());
    let equal = vec![practitioner.as_uuid().into()];
    let page = service
        .page(call, &BLOCKS_BY_PRACTITIONER, equal, after, page.limit)
        .await?;
    let mut blocks = Vec::with_capacity(page.rows.len());
    for id in ids(&page) {
        blocks.push(view(&service.load(call, id).await?)?);
    }
    let next = page.next();
    Ok(BlockList { blocks, next })
}

/// Takes a block back.
pub(super) async fn unblock_time(
    service: &HospitalService,
    allowed: Allowed<'_, ManageSchedules>,
    practitioner: PractitionerId,
    id: BlockId,
) -> Result<()> {
    let call = allowed.call();
    let decision = |append: Append| async move {
        let mut thing: Loaded<block::Block> = service.load(call, id.as_uuid()).await?;
        let made = thing.state.existing()?.clone();
        if made.practitioner != practitioner {
            return Err(Error::not_found("There is no such block."));
        }
        let event = thing.state.remove()?;
        if event.is_none() {
            return Ok((append, ()));
        }
        let mut calendars = Calendars::new(service, call);
        let span = Span::new(made.start, made.end);
        calendars
            .free(Whose::Practitioner(practitioner), span, id.as_uuid())
            .await?;
        let append = service.keep(calendars.write(append)?, &mut thing, event)?;
        Ok((append.audit(done("block.removed", &thing.stream, None)), ()))
    };
    service.decide(call, decision).await
}

fn view(thing: &Loaded<block::Block>) -> Result<Block> {
    let made = thing.state.existing()?;
    Ok(Block {
        id: BlockId::from_uuid(thing.stream.id),
        practitioner: made.practitioner,
        start: made.start.into(),
        end: made.end.into(),
        reason: made.reason.clone(),
        removed: thing.state.removed,
    })
}
